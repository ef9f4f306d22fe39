/**
 * Turns what a Raspberry publishes for one of its sensors into a command for the sensor's twin.
 *
 * In:  topic raspberry/DHT22_1, text {"temp": 21.5, "hum": 40}
 * Out: a merge of the features temperature and humidity of example:raspberry:DHT22_1
 *
 * Ditto calls this function for each message; what it returns is done, and null drops the message. Whatever the
 * command does not mention stays as it is, since it merges.
 */
function mapToDittoProtocolMsg(headers, textPayload, bytePayload, contentType) {
  const sensor = headers["mqtt.topic"].split("/").pop();
  const text = textPayload || Ditto.arrayBufferToString(bytePayload);
  const reading = JSON.parse(text);
  const time = Date.now();

  const features = {};
  if (typeof reading.temp === "number") {
    features.temperature = { properties: { value: reading.temp, time: time } };
  }
  if (typeof reading.hum === "number") {
    features.humidity = { properties: { value: reading.hum, time: time } };
  }
  if (Object.keys(features).length === 0) {
    return null; // a sensor that could not be read reports nothing of use
  }

  return Ditto.buildDittoProtocolMsg(
    "example", // namespace and
    "raspberry:" + sensor, // name of the thing
    "things",
    "twin",
    "commands",
    "merge",
    "/features",
    { "content-type": "application/merge-patch+json", "response-required": false },
    features
  );
}
