"""A WebGL build made by hand, in the form that Unity writes: small, but a real browser has to run all of it."""

import gzip
from collections.abc import Callable
from pathlib import Path

RED = 200

# (module (func (export "red") (result i32) i32.const 200))
WASM = bytes.fromhex("0061736d010000000105016000017f030201000707010372656400000a0701050041c8010b")

LOADER = """\
// Draws the colour that the module and the data say, and reads it back from the canvas.
async function run(canvas, files) {
  const data = new Uint8Array(await (await fetch(files.data)).arrayBuffer());
  const { instance } = await WebAssembly.instantiateStreaming(fetch(files.code));
  await new Promise((done, failed) => {
    const script = document.createElement("script");
    script.onload = done; script.onerror = () => failed(new Error("no framework"));
    script.src = files.framework;
    document.head.append(script);
  });
  return draw(canvas, instance.exports.red(), data);
}
"""
FRAMEWORK = """\
function draw(canvas, red, data) {
  const gl = canvas.getContext("webgl", { preserveDrawingBuffer: true });
  if (!gl) return "no WebGL";
  gl.clearColor(red / 255, data[0] / 255, data[1] / 255, 1);
  gl.clear(gl.COLOR_BUFFER_BIT);
  const pixel = new Uint8Array(4);
  gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, pixel);
  return Array.from(pixel).join(" ");
}
"""
PAGE = """\
<!doctype html><title>scene</title><canvas id="scene" width="8" height="8"></canvas><p id="said">nothing</p>
<script src="{host}/Build/{name}.loader.js"></script>
<script>
  const build = "{host}/Build/{name}";
  const files = {{ data: build + ".data{end}", framework: build + ".framework.js{end}", code: build + ".wasm{end}" }};
  const isolated = self.crossOriginIsolated ? "isolated " : "";
  const say = (text) => {{ document.getElementById("said").textContent = isolated + text; }};
  run(document.getElementById("scene"), files).then((text) => say("drawn " + text), (e) => say("failed " + e.name));
</script>
"""


def brotli(content: bytes) -> bytes:
    """The content in brotli's form (RFC 7932) without being made smaller, which needs no library."""
    assert 0 < len(content) <= 65536
    return ((len(content) - 1) << 4 | 1 << 20).to_bytes(3, "little") + content + b"\x03"


COMPRESSIONS: dict[str, Callable[[bytes], bytes]] = {"": bytes, ".gz": gzip.compress, ".br": brotli}


def write(folder: Path) -> Path:
    """The same build three times: as it is, and compressed in two ways."""
    build = folder / "Build"
    build.mkdir(parents=True)
    for end, compress in COMPRESSIONS.items():
        name = f"scene{end.replace('.', '-')}"
        (build / f"{name}.loader.js").write_text(LOADER)
        (build / f"{name}.data{end}").write_bytes(compress(bytes([100, 50])))
        (build / f"{name}.framework.js{end}").write_bytes(compress(FRAMEWORK.encode()))
        (build / f"{name}.wasm{end}").write_bytes(compress(WASM))
    return folder


def page(host: str, end: str) -> str:
    """A page of some origin that shows the build which is compressed so."""
    return PAGE.format(host=host, name=f"scene{end.replace('.', '-')}", end=end)
