#!/usr/bin/env bash
# Builds a disk with a Debian trixie (arm64) that gpiozero takes for a Raspberry Pi 4, for guest.py.
# As root: tests/system/image.sh FOLDER. Slow, for it runs arm64 programs on whatever this is;
# started again it goes on where it was.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
out=$(realpath "$1") root=$(realpath "$1")/root
export PATH=$PATH:/usr/sbin:/sbin DEBIAN_FRONTEND=noninteractive
say() { printf '[%5d s] %s\n' "$SECONDS" "$*"; }
done_already() { [ -e "$out/$1.done" ]; }
in_root() { chroot "$root" env -u PIP_FIND_LINKS "$@"; }

say "tools of this machine"
apt-get install -y -qq --no-install-recommends qemu-system-arm qemu-utils qemu-user-static mmdebstrap \
  arch-test device-tree-compiler e2fsprogs openssh-client >/dev/null

# Lets this kernel start arm64 programs, until this script ends.
binfmt=/proc/sys/fs/binfmt_misc
if ! arch-test arm64 >/dev/null; then
  [ -e $binfmt/register ] || mount -t binfmt_misc binfmt_misc $binfmt
  sed 's/^:qemu-aarch64:/:chair-aarch64:/; s#:[^:]*:[A-Z]*$#:/usr/bin/qemu-aarch64-static:OCF#' /usr/lib/binfmt.d/qemu-aarch64.conf >$binfmt/register
  trap 'echo -1 >$binfmt/chair-aarch64' EXIT
fi

if ! done_already debian; then
  say "Debian"
  rm -rf --one-file-system "$root"
  mmdebstrap --quiet --mode=root --architectures=arm64 --variant=apt --format=directory \
    --include=systemd-sysv,udev,dbus,openssh-server,sudo,ca-certificates,iproute2,procps,passwd \
    --include=python3-venv,mosquitto,mosquitto-clients,dpkg-dev,initramfs-tools,zstd \
    --aptopt='APT::Install-Recommends "false"' --aptopt='Acquire::Languages "none"' \
    --dpkgopt=force-unsafe-io --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
    --essential-hook='mkdir -p "$1/etc/initramfs-tools/conf.d"; echo MODULES=list >"$1/etc/initramfs-tools/conf.d/chair"' \
    trixie "$root"
  cp /etc/resolv.conf "$root/etc/"
  cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
  touch "$out/debian.done"
fi

if ! done_already kernel; then
  say "kernel with gpio-sim, from backports, and gpio-sim with a Pi's habits"
  sed -n 's/ trixie main$/ trixie-backports main/p' "$root/etc/apt/sources.list" \
    >"$root/etc/apt/sources.list.d/backports.list"
  in_root apt-get -qq update
  in_root env INITRD=No apt-get install -y -qq --no-install-recommends linux-image-cloud-arm64/trixie-backports >/dev/null
  kernel=$(basename "$root"/lib/modules/*)
  rm -rf --one-file-system "$out/builder"
  cp -a "$root" "$out/builder"
  chroot "$out/builder" sh -ec "
    apt-get install -y -qq --no-install-recommends --download-only gcc make linux-headers-$kernel swig python3-dev >/dev/null
    cd /tmp && apt-get download -qq linux-source-$(cut -d. -f1,2 <<<"$kernel")"
  # A compiler works without its packages' scripts, and this machine unpacks it in seconds.
  for package in "$out"/builder/var/cache/apt/archives/*.deb; do dpkg-deb -x "$package" "$out/builder"; done
  mkdir "$out/builder/tmp/module"
  dpkg-deb --fsys-tarfile "$out"/builder/tmp/linux-source-*.deb | tar -xO --wildcards '*/linux-source-*.tar.xz' |
    xz -dc | { tar -xO --wildcards --occurrence=1 '*/drivers/gpio/gpio-sim.c' && cat >/dev/null; } >"$out/builder/tmp/module/gpio-sim.c"
  # Asked for a pull-up, the stock driver forgets what the switch outside is doing; released, an
  # output of it falls back to its pull. On a Pi a closed switch wins, and an output stays.
  sed -i -e 's/return gpio_sim_apply_pull(chip, offset, [01]);/return 0;/' \
    -e '/^static void gpio_sim_free/,/^}/ { /__assign_bit(offset, chip->value_map,/,/pull_map));/d }' \
    "$out/builder/tmp/module/gpio-sim.c"
  echo 'obj-m := gpio-sim.o' >"$out/builder/tmp/module/Makefile"
  chroot "$out/builder" make -s -C "/lib/modules/$kernel/build" M=/tmp/module modules
  install -D -m 644 "$out/builder/tmp/module/gpio-sim.ko" "$root/lib/modules/$kernel/updates/gpio-sim.ko"
  in_root depmod "$kernel"
  say "lgpio, for which PyPI has no wheel here"
  # Without pip in there: emulated, its connections take so long that servers give them up.
  PYPI=1 python3 -m pip download -q --no-deps --no-binary=:all: -d "$out/builder/tmp" lgpio==0.2.2.0
  tar -xzf "$out"/builder/tmp/lgpio-*.tar.gz -C "$out/builder/tmp"
  chroot "$out/builder" sh -ec '
    cd /tmp/lgpio-*/ && swig -python lgpio.i
    gcc -w -O1 -shared -fPIC -pthread -Isrc -I"$(echo /usr/include/python3.*)" lgpio_wrap.c src/lg*.c src/rgpiod.c -o _lgpio.so
    python3 -m zipfile -c /tmp/lgpio-0.2.2.0-py3.whl _lgpio.so lgpio.py lgpio_extra.py'
  "$here/archive.sh" "$root" "$out"/builder/tmp/lgpio-*.whl
  rm -rf --one-file-system "$out/builder"
  touch "$out/kernel.done"
fi

say "the habits of Raspberry Pi OS, and a way in"
[ -f "$out/key" ] || ssh-keygen -q -t ed25519 -N '' -C chair-sensor -f "$out/key"
install -D -m 600 "$out/key.pub" "$root/root/.ssh/authorized_keys"
in_root sh -ec '
  getent group gpio >/dev/null || groupadd --system gpio
  id pi >/dev/null 2>&1 || useradd --create-home --groups gpio,sudo pi
  echo "SUBSYSTEM==\"gpio\", GROUP=\"gpio\", MODE=\"0660\"" >/etc/udev/rules.d/99-com.rules
  echo gpio-sim >/etc/modules-load.d/gpio-sim.conf
  echo raspberrypi >/etc/hostname
  echo "127.0.0.1 localhost raspberrypi" >/etc/hosts
  echo "/dev/vda / ext4 defaults,noatime 0 1" >/etc/fstab
  printf "[Match]\nName=eth0\n[Network]\nDHCP=ipv4\n" >/etc/systemd/network/80-eth0.network
  printf "virtio_pci\nvirtio_blk\nvirtio_net\next4\n" >/etc/initramfs-tools/modules
  mkdir -p /var/log/journal
  systemctl -q enable systemd-networkd ssh mosquitto
  systemctl -q mask apt-daily.timer apt-daily-upgrade.timer systemd-networkd-wait-online.service'
# The guest reaches Debian and PyPI as this machine does, through qemu's own network.
printf 'nameserver 10.0.2.3\n' >"$root/etc/resolv.conf"

say "disk"
rm -f "$root"/boot/initrd.img-*
unshare --mount sh -ec 'mount -t proc proc "$0/proc" && exec chroot "$0" update-initramfs -c -k all >/dev/null' "$root"
gzip -dc "$root"/boot/vmlinuz-* >"$out/kernel" 2>/dev/null || cp "$root"/boot/vmlinuz-* "$out/kernel"
cp "$root"/boot/initrd.img-* "$out/initrd"
rm -f "$out/disk.raw"
truncate -s 6G "$out/disk.raw"
mke2fs -q -t ext4 -d "$root" "$out/disk.raw"
qemu-img convert -O qcow2 "$out/disk.raw" "$out/disk.qcow2"
rm "$out/disk.raw"
say "done: $out"
