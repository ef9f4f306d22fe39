# Starts a node of Kafka: fills in what is its own, and formats a volume that is new.
number=${POD##*-}
if [ "$number" -lt "$CONTROLLERS" ]; then
  roles=broker,controller listeners=$LISTENERS_CONTROLLER
else
  roles=broker listeners=$LISTENERS_BROKER
fi

# New controllers with empty volumes could outvote the one that knows the topics, and all would be forgotten.
if [ -e "$DATA/controllers" ] && [ "$(cat "$DATA/controllers")" != "$CONTROLLERS" ]; then
  echo "this cluster began with $(cat "$DATA/controllers") controllers and cannot go on with $CONTROLLERS:" \
    "opentwins:kafka.replicas goes from 1 to several, or back, only with new volumes. Set it back" >&2
  exit 1
fi
echo "$CONTROLLERS" >"$DATA/controllers"

umask 077
sed -e "s|@NODE@|$number|; s|@HOST@|$POD$DOMAIN|g; s|@ROLES@|$roles|; s|@LISTENERS@|$listeners|" \
  -e "s|@PASSWORD@|$(cat "$SECRET")|g" "$CONFIGURATION" >/tmp/server.properties
"$KAFKA_HOME/bin/kafka-storage.sh" format --ignore-formatted --cluster-id "$CLUSTER" --config /tmp/server.properties
exec "$KAFKA_HOME/bin/kafka-server-start.sh" /tmp/server.properties
