#!/usr/bin/env bash
# Makes a folder with a Debian in it, as near to Raspberry Pi OS as Debian's packages allow, for the
# tests of installer and package. As root: tests/system/root.sh FOLDER [RELEASE]
# With a checkout in FOLDER/root/chair-sensor, CHAIR_SENSOR_ROOT=FOLDER pytest tests/system uses it;
# of RELEASE bookworm test_installer.py alone, for the package is one for trixie.
set -euo pipefail
root=$1
export PATH=$PATH:/usr/sbin:/sbin

mmdebstrap --quiet --mode=root --variant=apt --format=directory \
  --include=ca-certificates,python3-venv,systemd,debhelper,dh-python,lintian \
  --aptopt='APT::Install-Recommends "false"' --aptopt='Acquire::Languages "none"' \
  --dpkgopt=force-unsafe-io --dpkgopt='path-exclude=/usr/share/locale/*' \
  "${2:-trixie}" "$root"

# The host's way to Debian and PyPI is the root's.
cp /etc/resolv.conf "$root/etc/"
cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
echo gpio:x:986: >>"$root/etc/group"
"$(dirname "$0")/archive.sh" "$root"
