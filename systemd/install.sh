#!/usr/bin/env bash
# Installs chair-sensor on Raspberry Pi OS (bookworm or trixie, 64 or 32 bit), for a seat without a
# wire on any relative of Debian: a Python environment of its own, a default configuration, the
# systemd unit. A run that was interrupted or failed is repaired by the next one; until the new
# program works the old one stays.
set -euo pipefail
umask 022 # the unit's own user reads what is installed here
# The environment is for all users: settings and packages of the calling user stay out of it.
unset "${!PYTHON@}" "${!CHAIR_SENSOR_@}" PIP_USER PIP_TARGET PIP_PREFIX PIP_REQUIRE_VIRTUALENV
export HOME=/root PYTHONNOUSERSITE=1 DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8

usage() {
  cat <<'END'
sudo systemd/install.sh [OPTION]

  (none)        install; over an older version: renew the program, keep settings and history
  --upgrade     the same, but only over an earlier installation; repairs a broken one
  --wireless    for a seat without a wire: on any Debian or relative of it, without a Pi;
                with either of the above
  --uninstall   remove program and unit, keep settings, history and the chair in Home Assistant
  --purge       remove those, too; first the chair from broker and Home Assistant
  --dry-run     say what would be done, and do nothing; with any of the above
  --help        this text
END
}

source=$(cd "$(dirname "$0")/.." && pwd)
home=/opt/chair-sensor
command=/usr/local/bin/chair-sensor
unit=/etc/systemd/system/chair-sensor.service
template=/etc/systemd/system/chair-sensor@.service # for chairs with a name
shared=/usr/local/share
manual=(man/man1/chair-sensor.1 bash-completion/completions/chair-sensor
  zsh/site-functions/_chair-sensor fish/vendor_completions.d/chair-sensor.fish)
wanted=/etc/systemd/system/multi-user.target.wants
settings=/etc/chair-sensor/config.toml
credentials=/etc/credstore
mosquitto=(/etc/mosquitto/conf.d/chair-sensor.conf /etc/mosquitto/chair-sensor.passwords)
lock=/run/chair-sensor.install
new= # the environment that is being built
before="the program as it was stays; mend that, then run this again"

action=install
dry=
wireless=
for option in "$@"; do
  case $option in
    --upgrade) action=upgrade ;;
    --uninstall) action=uninstall ;;
    --purge) action=purge ;;
    --wireless) wireless=1 ;;
    --dry-run) dry=1 ;;
    --help | -h) usage && exit ;;
    *) usage >&2 && exit 2 ;;
  esac
done

say() { printf '%s\n' "$*"; }
refuse() { printf 'not %s: %s\n' "${action%e}ed" "$*" >&2 && exit 1; }
run() { # the command, or in a dry run its words
  if [ -n "$dry" ]; then printf '    %s\n' "$*"; else "$@"; fi
}
try() { # what is done, and the command: if it fails one line says why
  if [ -n "$dry" ]; then run "${@:2}" && return; fi
  local said
  said=$("${@:2}" 2>&1 9>&-) || refuse "$1: $(reason "$said"); $before"
}
reason() { # of a failure, in the words of the tool that failed
  if grep -qE 'ResolutionImpossible|No matching distribution' <<<"$1" && ! grep -q 'Retrying' <<<"$1"; then
    say "there is no ready-made Python package (pydantic-core?) for this machine ($(uname -m)," \
      "$(basename "$(readlink -f /usr/bin/python3)")), and to compile it takes hours; Raspberry Pi OS trixie has it"
  elif grep -qE 'Unable to locate package|Failed to fetch' <<<"$1"; then
    say "$(grep -m 1 -E '^E: ' <<<"$1") (sudo apt update, and a network)"
  else
    grep -m 1 -Eo "$causes" <<<"$1" || grep -Eo '\b(ERROR|E): .*' <<<"$1" | tail -n 1 || tail -n 1 <<<"$1"
  fi
}
causes='No space left on device|Read-only file system|Temporary failure in name resolution|Name or service not known'
causes+='|certificate verify failed|dpkg: error processing package [^ ]+|Network is unreachable|Connection refused|[Tt]imed out|Could not get lock [^ ]*( It is held by process [0-9]+ \([^)]*\))?'
installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }
packaged() { # the Debian package, whole or half
  case $(dpkg-query -W -f '${db:Status-Status}' chair-sensor 2>/dev/null) in
    '' | not-installed | config-files) return 1 ;;
  esac
}
offered() { installed "$1" || apt-cache show "$1" >/dev/null 2>&1; }
works() { "$home/bin/chair-sensor" --version >/dev/null 2>&1; }
running() { [ -d /run/systemd/system ]; }
service() { ! running || systemctl is-active "$1" || true; }
units() { # of the chair without a name, and of those with one
  local one
  echo chair-sensor
  for one in /etc/chair-sensor@*/config.toml; do
    [ ! -e "$one" ] || basename "$(dirname "$one")"
  done
}
chair() { # the option that names the chair of a unit
  case $1 in *@*) echo "--chair ${1#*@}" ;; esac
}

alone() { # as root, and no second time at once
  [ -z "$dry" ] || return 0
  [ "$(id -u)" = 0 ] || refuse "this needs root: sudo $0"
  exec 9>"$lock"
  flock --nonblock 9 || refuse "another installation is under way; wait for its end, then run this again"
}

without_pins="; for a seat without a wire: sudo $0 --wireless"

look() { # at this machine: can it be done here?
  ! packaged ||
    refuse "the Debian package chair-sensor is here: sudo apt install ./chair-sensor_*.deb renews it"
  [ "$action" != upgrade ] || [ -e "$home" ] || [ -e "$unit" ] ||
    refuse "there is nothing to upgrade in $home: sudo $0"
  if [ -n "$wireless" ]; then look_wireless; else look_wired; fi
}

look_wireless() { # nothing of Raspberry Pi OS is needed; the unit wants its group all the same
  local needed
  for needed in apt-get systemctl; do
    [ -n "$(type -P "$needed")" ] || refuse "$needed is missing here (systemd/README.md: by hand)"
  done
  /usr/bin/python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    refuse "/usr/bin/python3 must be Python 3.11 or newer (systemd/README.md: by hand)"
  packages=(python3-venv tzdata)
  extra=
  if ! getent group gpio >/dev/null; then
    say "group: gpio, which the unit asks for"
    try "the group" groupadd --system gpio
  fi
}

look_wired() { # the pins need what Raspberry Pi OS has
  local name=unknown
  # shellcheck disable=SC1091
  [ ! -r /etc/os-release ] || name=$(. /etc/os-release && echo "${VERSION_CODENAME:-unknown}")
  case $name in
    bookworm | trixie) ;;
    *) refuse "this is $name; Raspberry Pi OS bookworm or trixie is needed (systemd/README.md: by hand)$without_pins" ;;
  esac
  getent group gpio >/dev/null ||
    refuse "there is no group gpio, which Raspberry Pi OS has: sudo groupadd --system gpio, then" \
      "echo 'SUBSYSTEM==\"gpio\", GROUP=\"gpio\", MODE=\"0660\"' | sudo tee /etc/udev/rules.d/60-gpio.rules, then sudo udevadm trigger$without_pins"
  # From the distribution what is new enough there. Without python3-lgpio pip finds wheels for
  # bookworm's Python, and none for trixie's.
  packages=(python3-venv tzdata python3-lgpio python3-gpiozero)
  extra=
  if [ "$name" = trixie ]; then
    packages+=(python3-paho-mqtt python3-pydantic python3-pydantic-settings)
    offered python3-pydantic || refuse "apt has no list of packages: sudo apt update"
    offered python3-lgpio ||
      refuse "apt has no python3-lgpio, nor has pip for this Python: it comes from the archive of Raspberry Pi" \
        "(archive.raspberrypi.com), which Raspberry Pi OS has and plain Debian has not$without_pins"
  elif ! offered python3-lgpio; then
    packages=(python3-venv tzdata)
    extra='[pi]'
  fi
}

install_packages() {
  local package missing=()
  for package in "${packages[@]}"; do
    installed "$package" || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || { say "packages: all there (${packages[*]})" && return; }
  say "packages: from apt, ${missing[*]}"
  [ -z "$(ls /var/lib/dpkg/updates)" ] || try "dpkg" dpkg --configure -a
  try "apt" apt-get install -y -qq --no-install-recommends -o DPkg::Lock::Timeout=120 "${missing[@]}"
}

tidy() { # remove of these files what neither the command nor a running program needs
  local one
  for one in "$@"; do
    case ${one#"$home/"} in bin | bin/chair-sensor | program | "$(readlink "$home/program")") continue ;; esac
    grep -qsaF "$one/" /proc/[0-9]*/cmdline || rm -rf "$one"
  done
}

install_program() { # beside the old one, which goes on until the new one works
  say "environment: a new one in $home, which sees the system's packages"
  [ -n "$dry" ] || tidy "$home"/program.*
  try "cannot write in $home" mkdir -p "$home/bin"
  new=$(mktemp -u "$home/program.XXXXXX")
  try "the environment" /usr/bin/python3 -m venv --system-site-packages "$new"
  say "program: from $source into that environment"
  cd "$source"
  try "pip" "$new/bin/pip" install --quiet --no-warn-script-location --disable-pip-version-check \
    --root-user-action ignore --no-user --only-binary :all: ".$extra"
  try "the new program does not start" "$new/bin/chair-sensor" --version
  local one
  for one in $(units); do
    one=/etc/$one/config.toml
    [ -z "$dry" ] || continue
    [ -e "$one" ] || continue
    ! "$new/bin/chair-sensor" check-config --config "$one" >/dev/null || continue
    ! works || refuse "the new version refuses $one as above; $before"
    say "settings: refused as above; mend them before the service can start"
  done
  try "the command" install -m 755 systemd/command.sh "$home/program.command"
  try "the switch" ln -sfn "$(basename "$new")" "$home/program.link"
  try "the disk" sync -f "$home" # after a power cut the new program is whole, or the old one is in use
  [ -L "$home/program" ] || [ ! -e "$home/program" ] || try "the switch" mv -T "$home/program" "$home/program.old"
  try "the switch" mv -T "$home/program.link" "$home/program"
  new=
  before="mend that, then run this again"
  try "the command" mv -T "$home/program.command" "$home/bin/chair-sensor"
  say "command: $command"
  try "the command" ln -sfn "$home/bin/chair-sensor" "$command"
  say "manual: man chair-sensor, and the Tab key in bash, zsh and fish"
  for one in "${manual[@]}"; do
    try "the manual" mkdir -p "$(dirname "$shared/$one")"
    try "the manual" ln -sfn "$home/program/share/$one" "$shared/$one"
  done
}

install_settings() {
  if [ -e "$settings" ]; then
    say "settings: $settings stays as it is"
    [ -z "$(dpkg-query -W chair-sensor 2>/dev/null)" ] ||
      say "settings: they are the removed Debian package's; sudo apt purge chair-sensor would delete them"
  else
    say "settings: the defaults in $settings, readable by all: no password goes in there"
    try "the settings" install -D -m 644 "$source/systemd/config.toml" "$settings"
  fi
  try "the schema" install -D -m 644 "$source/sensor/settings/config.schema.json" "${settings%.toml}.schema.json"
  say "secrets: $credentials, for root alone"
  try "the secrets" install -d -m 700 "$credentials"
}

install_unit() {
  say "unit: $unit"
  try "the unit" install -m 644 "$source/systemd/chair-sensor.service" "$unit"
  try "the unit" install -m 644 "$source/systemd/chair-sensor@.service" "$template"
  ! running || try "systemd" systemctl daemon-reload
  local failed=0 one option name
  for one in $(units); do
    option=$(chair "$one") name=service${one#chair-sensor}
    case $(service "$one") in
      active | activating | reloading | failed) # failed: it had no program, or wrong settings
        if run systemctl restart "$one" 2>/dev/null; then
          say "$name: restarted; a bout that is running goes on"
        else
          say "$name: it does not start; sudo chair-sensor doctor${option:+ $option} tells why" >&2
          failed=1
        fi
        ;;
      *) say "$name: not running, and not started by this" ;;
    esac
  done
  [ -n "$dry" ] || tidy "$home"/* "$home"/bin/*
  return "$failed"
}

tell_how_to_go_on() {
  say ""
  say "Next: sudo chair-sensor setup"
  say "or by hand (systemd/README.md): $settings, the broker's password in $credentials, then"
  say "  chair-sensor check-config && sudo systemctl enable --now chair-sensor"
  say "The report as a page needs pictures: sudo apt install python3-matplotlib python3-jinja2"
}

remove_chairs() { # from the broker; the program must still be there, and the daemons must not
  local one
  if [ ! -x "$command" ]; then
    [ ! -e "$settings" ] ||
      say "not removed: the chair in Home Assistant and its last values on the broker, for the program is gone;" \
        "delete the device there (Settings > Devices & services > MQTT)"
    return 0
  fi
  for one in $(units); do
    say "Home Assistant: the chair and its last values leave the broker"
    # shellcheck disable=SC2046 # two words, or none
    run "$command" homeassistant purge --yes $(chair "$one") ||
      say "  that did not work: the chair stays there as unavailable, until you delete it"
  done
}

there() { # which of these paths are
  local path
  for path in "$@"; do
    if [ -e "$path" ] || [ -L "$path" ]; then say "$path"; fi
  done
}
kept() { # what the user has made, and the program has learnt
  there /etc/chair-sensor{,@*} /var/lib/{,private/}chair-sensor{,@*} "$credentials"/chair-sensor{,@*}.* \
    "${unit%.service}"{,@*}.service.d
}

uninstall() {
  ! packaged || { [ "$action" = uninstall ] && [ -e "$unit" ]; } ||
    refuse "the Debian package is here: sudo apt ${action/uninstall/remove} chair-sensor"
  local one left=() programs=("$home" "$command" "$unit" "$template" "$wanted"/chair-sensor{,@*}.service "${manual[@]/#/$shared/}")
  [ -n "$(there "${programs[@]}"; kept)" ] || { say "nothing is installed" && return; }
  say "service: stopped and disabled"
  if [ -e "$unit" ]; then
    for one in $(units); do
      [ "$one" = chair-sensor ] || [ -e "$template" ] || continue
      ! running || run systemctl --quiet stop "$one"
      run systemctl --quiet disable "$one"
    done
  fi
  [ "$action" != purge ] || remove_chairs
  say "program: $home, $command, its manual and the unit are removed"
  run rm -rf "${programs[@]}"
  ! running || run systemctl daemon-reload
  mapfile -t left < <(kept)
  if [ "$action" = purge ]; then
    say "settings, secrets, history: removed"
    run rm -rf "${left[@]}"
  elif [ ${#left[@]} -gt 0 ]; then
    say "kept: ${left[*]} (--purge removes them)"
    say "kept: the chair in Home Assistant, as unavailable, and its last values on the broker;" \
      "to remove them, too: sudo $0, then sudo $0 --purge"
  fi
  if grep -qs "^# Written by .chair-sensor setup" "${mosquitto[0]}"; then
    say "kept: the broker mosquitto that setup installed, with ${mosquitto[*]}"
  fi
  say "kept: packages from apt, which others may use"
  ! packaged || say "The Debian package is here, too: sudo systemctl enable --now chair-sensor"
}

trap '[ -z "$new" ] || rm -rf "$new"' EXIT
alone
case $action in
  uninstall | purge) uninstall ;;
  *)
    look
    install_packages
    install_program
    install_settings
    install_unit
    [ "$(service chair-sensor)" = active ] || tell_how_to_go_on
    ;;
esac
