#!/usr/bin/env bash
# Gives a Debian trixie in a folder a small apt archive in place of Raspberry Pi's, which has newer
# versions of these packages than Debian or has them alone: archive.sh ROOT [WHEEL OF LGPIO]
# gpiozero is the real one. Without a wheel lgpio is empty: with no GPIO chip nobody gets that far.
set -euo pipefail
root=$1
wheels=$(mktemp -d)
trap 'rm -rf "$wheels"' EXIT
python3 -m pip download -q --no-deps -d "$wheels" gpiozero==2.0.1 colorzero==2.0
[ -z "${2:-}" ] || cp "$2" "$wheels"

package() { # name, version, what it depends on
  local tree=$wheels/$1
  mkdir -p "$tree/DEBIAN" "$tree/usr/lib/python3/dist-packages"
  for wheel in "$wheels/${1#python3-}"-*.whl; do
    [ ! -e "$wheel" ] || python3 -m zipfile -e "$wheel" "$tree/usr/lib/python3/dist-packages"
  done
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
package python3-colorzero 2.0-1 python3
package python3-gpiozero 2.0.1-0 "python3, python3-colorzero"
package python3-lgpio 0.2.2-1 python3
chroot "$root" sh -ec '
  cd /srv && dpkg-scanpackages --multiversion . >Packages 2>/dev/null
  echo "deb [trusted=yes] file:/srv ./" >/etc/apt/sources.list.d/raspberrypi.list
  apt-get -qq update'
