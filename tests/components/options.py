"""The optional services, each alone and all together: settings by the name of the option."""

BUILDS = "registry.example/builds:1.0"
IMAGES = '{"feeder": "registry.example/feeder:1.0", "watchdog": "registry.example/watchdog:1.0"}'

OPTIONS: dict[str, dict[str, str]] = {
    "kafka": {"kafka": '{"enabled": true}'},
    "kafka-as-the-broker": {"broker": "kafka", "kafka": '{"replicas": 3}'},
    "rabbitmq": {"rabbitmq": '{"enabled": true}'},
    "webgl": {"webgl": f'{{"image": "{BUILDS}"}}'},
    "feeders": {
        "kafka": '{"enabled": true}',
        "kafkaMl": '{"enabled": true}',
        "feeders": '{"enabled": true}',
        "images": IMAGES,
    },
    "all": {
        "broker": "kafka",
        "kafka": '{"replicas": 3}',
        "mosquitto": '{"enabled": true}',
        "rabbitmq": '{"enabled": true}',
        "hono": '{"enabled": true, "messaging": "kafka"}',
        "kafkaMl": '{"enabled": true}',
        "feeders": '{"enabled": true}',
        "webgl": f'{{"image": "{BUILDS}", "replicas": 2, "threads": true}}',
        "images": IMAGES,
    },
}
