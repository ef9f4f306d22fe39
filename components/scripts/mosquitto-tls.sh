# Runs Mosquitto, and has it read its certificate anew when that was renewed.
mosquitto -c "$CONFIGURATION" &
broker=$!
trap 'kill -TERM $broker; wait $broker; exit $?' TERM INT

mark() { cksum "$CERTIFICATE" 2>/dev/null || true; }

seen=$(mark)
while kill -0 $broker 2>/dev/null; do
  sleep "${EVERY:-60}" &
  wait $!
  now=$(mark)
  if [ "$now" != "$seen" ]; then
    seen=$now
    kill -HUP $broker
  fi
done
wait $broker
