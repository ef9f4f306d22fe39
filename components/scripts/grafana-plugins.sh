# Unpacks the plugins that /etc/opentwins/plugins names, a line each: id, address, SHA-256 of the zip file (or -).
#
# What is there already, from the same address with the same digest, is left alone: a restart needs no network.
set -eu
folder=${PLUGINS:-/var/lib/grafana/plugins}
work=${WORK:-/tmp}
mkdir -p "$folder" "$folder/../plugin-sources"

while read -r id url sha256; do
    source=$folder/../plugin-sources/$id
    if [ -f "$folder/$id/plugin.json" ] && [ "$(cat "$source" 2>/dev/null)" = "$url $sha256" ]; then continue; fi

    echo "fetching $id from $url"
    curl --fail --silent --show-error --location --max-time 300 --retry 5 --output "$work/plugin.zip" "$url"
    if [ "$sha256" != - ] && ! echo "$sha256  $work/plugin.zip" | sha256sum -c >/dev/null; then
        echo "$url is not the file that opentwins:grafana.plugins says: its SHA-256 is another" >&2
        exit 1
    fi
    rm -rf "$work/plugin"
    unzip -q "$work/plugin.zip" -d "$work/plugin"
    if [ ! -f "$work/plugin/$id/plugin.json" ]; then
        echo "$url holds no folder $id with a plugin.json in it" >&2
        exit 1
    fi
    rm -rf "${folder:?}/$id"
    cp -R "$work/plugin/$id" "$folder/$id"
    echo "$url $sha256" >"$source"
done <"${LIST:-/etc/opentwins/plugins}"
