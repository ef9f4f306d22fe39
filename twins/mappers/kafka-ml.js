// From a prediction of Kafka-ML to a merge of the properties that take its values, in their order.
// Kafka-ML 1.3 writes {"values": [0.1, 0.9]} as bytes; with a model of one output, "values" may be a single number.
// What comes before this file sets TARGET = {thing, feature, properties}.
function mapToDittoProtocolMsg(headers, textPayload, bytePayload, contentType) {
  var text = textPayload;
  if (text === null || text === undefined) {
    text = Ditto.arrayBufferToString(bytePayload);
  }
  var values = JSON.parse(text).values;
  if (!Array.isArray(values)) {
    values = [values];
  }
  var properties = {};
  for (var i = 0; i < TARGET.properties.length && i < values.length; i++) {
    if (values[i] !== null && values[i] !== undefined) {
      properties[TARGET.properties[i]] = values[i];
    }
  }
  if (Object.keys(properties).length === 0) {
    return null;
  }
  var colon = TARGET.thing.indexOf(":");
  return Ditto.buildDittoProtocolMsg(
    TARGET.thing.substring(0, colon),
    TARGET.thing.substring(colon + 1),
    "things",
    "twin",
    "commands",
    "merge",
    "/features/" + TARGET.feature + "/properties",
    { "content-type": "application/merge-patch+json", "response-required": false },
    properties
  );
}
