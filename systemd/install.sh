#!/usr/bin/env bash
# Installs chair-sensor on Raspberry Pi OS (bookworm or trixie, 64 or 32 bit): a Python environment
# of its own, a default configuration, the systemd unit. Doing it twice does no harm.
set -euo pipefail
umask 022 # the unit's own user reads what is installed here

usage() {
  cat <<'END'
sudo systemd/install.sh [OPTION]

  (none)        install; over an older version: renew the program, keep settings and history
  --upgrade     the same, but only over an earlier installation
  --uninstall   remove program and unit, keep settings and history
  --purge       remove those, too, and the chair from broker and Home Assistant
  --dry-run     say what would be done, and do nothing; with any of the above
  --help        this text
END
}

source=$(cd "$(dirname "$0")/.." && pwd)
home=/opt/chair-sensor
command=/usr/local/bin/chair-sensor
unit=/etc/systemd/system/chair-sensor.service
settings=/etc/chair-sensor/config.toml
credentials=/etc/credstore
mosquitto=(/etc/mosquitto/conf.d/chair-sensor.conf /etc/mosquitto/chair-sensor.passwords)
state=(/var/lib/chair-sensor /var/lib/private/chair-sensor)

action=install
dry=
for option in "$@"; do
  case $option in
    --upgrade) action=upgrade ;;
    --uninstall) action=uninstall ;;
    --purge) action=purge ;;
    --dry-run) dry=1 ;;
    --help | -h) usage && exit ;;
    *) usage >&2 && exit 2 ;;
  esac
done

say() { printf '%s\n' "$*"; }
refuse() { printf 'not installed: %s\n' "$*" >&2 && exit 1; }
run() { # the command, or in a dry run its words
  if [ -n "$dry" ]; then printf '    %s\n' "$*"; else "$@"; fi
}
installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }
offered() { installed "$1" || apt-cache show "$1" >/dev/null 2>&1; }
running() { [ -d /run/systemd/system ]; }
active() { running && systemctl --quiet is-active chair-sensor; }

look() { # at this machine: can it be done here?
  [ "$(id -u)" = 0 ] || [ -n "$dry" ] || refuse "this needs root: sudo $0"
  local name=unknown
  # shellcheck disable=SC1091
  [ ! -r /etc/os-release ] || name=$(. /etc/os-release && echo "${VERSION_CODENAME:-unknown}")
  case $name in
    bookworm | trixie) ;;
    *) refuse "this is $name; Raspberry Pi OS bookworm or trixie is needed (README.md: by hand)" ;;
  esac
  ! installed chair-sensor ||
    refuse "the Debian package chair-sensor is here: sudo apt install ./chair-sensor_*.deb renews it"
  getent group gpio >/dev/null ||
    refuse "there is no group gpio, which Raspberry Pi OS has: sudo groupadd --system gpio, and a udev" \
      "rule that gives it /dev/gpiochip*"
  [ "$action" != upgrade ] || [ -x "$home/bin/chair-sensor" ] ||
    refuse "there is nothing to upgrade in $home: sudo $0"
  # From the distribution what is new enough there. Without python3-lgpio pip finds wheels for
  # bookworm's Python, and none for trixie's.
  packages=(python3-venv python3-lgpio python3-gpiozero)
  extra=
  if [ "$name" = trixie ]; then
    packages+=(python3-paho-mqtt python3-pydantic python3-pydantic-settings)
    offered python3-lgpio || refuse "apt does not know python3-lgpio, which Raspberry Pi OS has: sudo apt update"
  elif ! offered python3-lgpio; then
    packages=(python3-venv)
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
  run env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >&3
}

install_program() {
  if [ -d "$home/lib/$(basename "$(readlink -f /usr/bin/python3)")" ]; then
    say "environment: $home stays"
  else
    say "environment: $home, which sees the system's packages, for lgpio comes from there"
    run /usr/bin/python3 -m venv --clear --system-site-packages "$home"
  fi
  say "program: from $source into that environment"
  run "$home/bin/pip" install --quiet --no-warn-script-location --disable-pip-version-check \
    --root-user-action ignore "$source$extra"
  say "command: $command"
  run ln -sfn "$home/bin/chair-sensor" "$command"
}

install_settings() {
  if [ -e "$settings" ]; then
    say "settings: $settings stays as it is"
  else
    say "settings: the defaults in $settings, readable by all: no password goes in there"
    run install -D -m 644 "$source/systemd/config.toml" "$settings"
  fi
  say "secrets: $credentials, for root alone"
  run install -d -m 700 "$credentials"
}

install_unit() {
  say "unit: $unit"
  run install -m 644 "$source/systemd/chair-sensor.service" "$unit"
  ! running || run systemctl daemon-reload
  if ! active; then
    say "service: not running, and not started by this"
  elif [ -n "$dry" ] || "$command" check-config >/dev/null; then
    say "service: restarted; a bout that is running goes on"
    run systemctl restart chair-sensor
  else
    say "service: not restarted, the old version runs on; mend the settings, then: sudo systemctl restart chair-sensor"
    exit 1
  fi
}

tell_how_to_go_on() {
  say ""
  say "Next: sudo chair-sensor setup"
  say "or by hand (README.md): $settings, the broker's password in $credentials, then"
  say "  chair-sensor check-config && sudo systemctl enable --now chair-sensor"
}

remove_chair() { # from the broker; the program must still be there, and the daemon must not
  [ -x "$command" ] || return 0
  say "Home Assistant: the chair and its last values leave the broker"
  run "$command" homeassistant purge --yes ||
    say "  that did not work: the chair stays there as unavailable, until you delete it"
}

uninstall() {
  [ "$(id -u)" = 0 ] || [ -n "$dry" ] || { say "this needs root: sudo $0" >&2 && exit 1; }
  ! installed chair-sensor || { [ "$action" = uninstall ] && [ -e "$unit" ]; } ||
    { say "the Debian package is here: sudo apt ${action/uninstall/remove} chair-sensor" >&2 && exit 1; }
  say "service: stopped and disabled"
  if [ -e "$unit" ]; then
    ! running || run systemctl --quiet stop chair-sensor
    run systemctl --quiet disable chair-sensor
  fi
  [ "$action" != purge ] || remove_chair
  say "program: $home, $command and the unit are removed"
  run rm -rf "$home" "$command" "$unit"
  ! running || run systemctl daemon-reload
  local left=() path
  for path in /etc/chair-sensor "${state[@]}" "$credentials"/chair-sensor.* "$unit.d"; do
    [ ! -e "$path" ] && [ ! -L "$path" ] || left+=("$path")
  done
  if [ "$action" = purge ]; then
    say "settings, secrets, history: removed"
    run rm -rf "${left[@]}"
  elif [ ${#left[@]} -gt 0 ]; then
    say "kept: ${left[*]} (--purge removes them)"
  fi
  if grep -qs "^# Written by .chair-sensor setup" "${mosquitto[0]}"; then
    say "kept: the broker mosquitto that setup installed, with ${mosquitto[*]}"
  fi
  say "kept: packages from apt, which others may use"
  ! installed chair-sensor || say "The Debian package is here, too: sudo systemctl enable --now chair-sensor"
}

exec 3>/dev/null # apt's chatter
[ -z "$dry" ] || exec 3>&1
case $action in
  uninstall | purge) uninstall ;;
  *)
    look
    install_packages
    install_program
    install_settings
    install_unit
    active || tell_how_to_go_on
    ;;
esac
