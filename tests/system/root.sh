#!/usr/bin/env bash
# Makes a folder with a Debian in it, as near to Raspberry Pi OS as Debian's packages allow, for the
# tests of installer and package. As root: tests/system/root.sh FOLDER [RELEASE]
# With a checkout in FOLDER/root/chair-sensor, CHAIR_SENSOR_ROOT=FOLDER pytest tests/system uses it;
# of RELEASE bookworm test_installer.py alone, for the package is one for trixie.
set -euo pipefail
root=$1
export PATH=$PATH:/usr/sbin:/sbin
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

mmdebstrap --quiet --mode=root --variant=apt --format=directory \
  --include=ca-certificates,python3-venv,systemd,debhelper,dh-python,lintian \
  --aptopt='APT::Install-Recommends "false"' --aptopt='Acquire::Languages "none"' \
  --dpkgopt=force-unsafe-io --dpkgopt='path-exclude=/usr/share/locale/*' \
  "${2:-trixie}" "$root"

# The host's way to Debian and PyPI is the root's. /dev/null and the like are made by mmdebstrap.
cp /etc/resolv.conf "$root/etc/"
cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
echo gpio:x:986: >>"$root/etc/group"

# A small archive in place of Raspberry Pi's, which has these three; Debian's has older ones or
# none. gpiozero is the real one; without a GPIO chip nobody gets as far as lgpio.
python3 -m pip download -q --no-deps -d "$scratch" gpiozero==2.0.1 colorzero==2.0
stand_in() { # package, version, depends, wheel or nothing
  local tree=$scratch/$1
  mkdir -p "$tree/DEBIAN" "$tree/usr/lib/python3/dist-packages"
  [ -z "${4:-}" ] || python3 -m zipfile -e "$scratch/$4"-*.whl "$tree/usr/lib/python3/dist-packages"
  cat >"$tree/DEBIAN/control" <<END
Package: $1
Version: $2
Architecture: all
Maintainer: chair-sensor <chair-sensor@localhost>
Depends: $3
Description: stands in for the package of Raspberry Pi's archive
END
  dpkg-deb --root-owner-group -b "$tree" "$root/srv/$1.deb" >/dev/null
}
stand_in python3-colorzero 2.0-1 python3 colorzero
stand_in python3-gpiozero 2.0.1-0 "python3, python3-colorzero" gpiozero
stand_in python3-lgpio 0.2.2-1 python3
chroot "$root" sh -ec '
  cd /srv && dpkg-scanpackages --multiversion . >Packages 2>/dev/null
  echo "deb [trusted=yes] file:/srv ./" >/etc/apt/sources.list.d/raspberrypi.list
  apt-get -qq update'
