# Gives Grafana's administrator the password of the Secret, when it is not the one that was given last.
#
# Grafana itself takes a password from its configuration only when it makes its database.
set -eu
data=${DATA:-/var/lib/grafana}
secret=${SECRET:-/secrets/admin/password}
given=$data/admin-password.sha256  # of a generated password, which nobody finds by trying

wanted=$(sha256sum <"$secret")
if [ -f "$data/grafana.db" ] && [ "$(cat "$given" 2>/dev/null)" != "$wanted" ]; then
    grafana cli --homepath /usr/share/grafana admin reset-admin-password --password-from-stdin <"$secret"
fi
umask 077
echo "$wanted" >"$given"
