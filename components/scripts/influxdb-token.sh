# A token for the pod that starts here: CLIENT may READ_OR_WRITE the bucket, and nothing else.
#
# InfluxDB chooses tokens itself and keeps only their hashes, so nobody can hand one out beforehand. Only this script,
# which ends before the pod's service begins, sees the operator's token.
set -eu
INFLUX_TOKEN=$(cat /secrets/influxdb/token)
export INFLUX_TOKEN

until influx ping >/dev/null 2>&1; do
    echo "waiting for InfluxDB at $INFLUX_HOST"
    sleep 2
done

bucket=$(influx bucket list --name "$BUCKET" --hide-headers | cut -f 1)

# The pod before this one needs its token no more.
tab=$(printf '\t')
influx auth list --hide-headers | while IFS="$tab" read -r id description _; do
    if [ "$description" = "$CLIENT" ]; then influx auth delete --id "$id" >/dev/null; fi
done

umask 077
influx auth create --description "$CLIENT" "--$READ_OR_WRITE-bucket" "$bucket" --hide-headers |
    cut -f 3 >/run/influxdb/token
[ -s /run/influxdb/token ]
echo "$CLIENT may $READ_OR_WRITE the bucket $BUCKET"
