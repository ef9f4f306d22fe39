# Gives the platform's own users their passwords and rights, and makes the platform's own topics. Each step may
# have been done before.
umask 077
set -f # a * in the lists is Kafka's, not the shell's
sed "s|@PASSWORD@|$(cat "$SECRETS/broker/password")|" "$LISTS/administrator.properties" >/tmp/administrator.properties

kafka() {
  tool=$1
  shift
  "$KAFKA_HOME/bin/$tool.sh" --bootstrap-server "$KAFKA" --command-config /tmp/administrator.properties "$@"
}

for user in $USERS; do
  echo "SCRAM-SHA-512=password=$(cat "$SECRETS/$user/password")" >/tmp/password
  kafka kafka-configs --alter --entity-type users --entity-name "$user" --add-config-file /tmp/password
done
while read -r rights; do
  # shellcheck disable=SC2086 # the words of a line are the tool's
  kafka kafka-acls --force --add $rights </dev/null >/dev/null
done <"$LISTS/rights"
while read -r topic; do
  kafka kafka-topics --create --if-not-exists --topic "$topic" </dev/null
done <"$LISTS/topics"
