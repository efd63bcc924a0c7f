#!/usr/bin/env bash
# Builds the Debian package for Raspberry Pi OS trixie, whose Python packages it stands on.
#   systemd/build-deb.sh [FOLDER]    where the package goes; without it: here
# Needs: sudo apt install debhelper dh-python
set -euo pipefail
out=$(realpath "${1:-.}")
source=$(cd "$(dirname "$0")/.." && pwd)
for tool in dpkg-buildpackage dh dh_python3; do
  command -v "$tool" >/dev/null || { echo "$tool is missing: sudo apt install debhelper dh-python" >&2 && exit 1; }
done
version=$(sed -n 's/^__version__ = "\(.*\)"$/\1/p' "$source/sensor/__init__.py")
build=$(mktemp -d)
trap 'rm -rf "$build"' EXIT

tree=$build/chair-sensor
mkdir "$tree"
cp -a "$source/systemd/debian" "$tree/debian"
(cd "$source" && find sensor -name __pycache__ -prune -o -type f -print0 | tar -c --null -T -) | tar -x -C "$tree"
cp "$source"/systemd/config.toml "$source"/{README,hardware,CHANGELOG}.md "$tree"
cp -r "$source/systemd/manual" "$tree"
for page in hardware.md systemd/README.md .github/SUPPORT.md .github/SECURITY.md; do
  install -D -m 644 "$source/$page" "$tree/sensor/pages/$page" # for `chair-sensor help PAGE`
done
for unit in chair-sensor{,@}.service; do
  sed 's|/opt/chair-sensor/bin/|/usr/bin/|g; s|/opt/chair-sensor/program/lib/python3\*/site-packages/|/usr/share/chair-sensor/|' \
    "$source/systemd/$unit" >"$tree/debian/$unit"
done
cat >"$tree/debian/changelog" <<END
chair-sensor ($version-1) trixie; urgency=medium

  * Version $version; what is new: changelog.gz in this folder.

 -- chair-sensor contributors <chair-sensor@example.org>  $(date -R -u -d "@${SOURCE_DATE_EPOCH:-$(stat -c %Y "$source/CHANGELOG.md")}")
END
{
  echo "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/"
  printf '\nFiles: *\n%s\nLicense: MIT\n' "$(sed -n 's/^Copyright (c)/Copyright:/p' "$source/LICENSE")"
  sed -n '/^Permission/,$ { s/^$/./; s/^/ /p }' "$source/LICENSE"
} >"$tree/debian/copyright"
(cd "$tree" && dpkg-buildpackage --build=binary --unsigned-source --unsigned-changes --no-check-builddeps >&2)
cp "$build"/chair-sensor_*.deb "$out"
echo "$out/$(basename "$build"/chair-sensor_*.deb): sudo apt install it"
