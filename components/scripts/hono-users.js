// The users of the device registry's database, and the one of its HTTP API, with the passwords that the stack's config
// gives them. Run by mongosh as often as anybody likes: what is there already is changed to what is wanted.
const { readFileSync } = require("fs");
const { pbkdf2Sync, randomBytes } = require("crypto");

const password = (user) => readFileSync(`/secrets/${user}/password`, "utf8");

const server = connect(`mongodb://root:${encodeURIComponent(password("root"))}@${process.env.MONGODB}/admin`);
const hono = server.getSiblingDB("hono");

const roles = [{ role: "readWrite", db: "hono" }];
if (hono.getUser("registry") === null) {
  hono.createUser({ user: "registry", pwd: password("database"), roles });
} else {
  hono.updateUser("registry", { pwd: password("database"), roles });
}

// As Vert.x's `PBKDF2` strategy with a salt in a column of its own reads it: SHA-512, 10000 rounds, 64 bytes.
const spice = randomBytes(16).toString("hex");
const pwdHash = pbkdf2Sync(password("api"), spice, 10000, 64, "sha512").toString("hex").toUpperCase();
hono.registryusers.createIndex({ login: 1 }, { unique: true });
hono.registryusers.updateOne({ login: "registry" }, { $set: { spice, pwdHash } }, { upsert: true });
print("the registry's users are as wanted");
