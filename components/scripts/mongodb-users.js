// The users of Ditto's database, with the rights they need and the passwords that the stack's config gives them.
// Run by mongosh as often as anybody likes: what is there already is changed to what is wanted.
const { readFileSync } = require("fs");

const password = (user) => readFileSync(`/secrets/${user}/password`, "utf8");

const admin = connect(`mongodb://root:${encodeURIComponent(password("root"))}@${process.env.MEMBERS}/admin?replicaSet=${process.env.SET}`);

// The Extended API reads the ids of all policies straight from Ditto's journal, and nothing else.
const journal = { db: "ditto", collection: "policies_journal" };
const role = { privileges: [{ resource: journal, actions: ["find"] }], roles: [] };
if (admin.getRole("policiesReader") === null) {
  admin.createRole({ role: "policiesReader", ...role });
} else {
  admin.updateRole("policiesReader", role);
}

const users = [
  { user: "ditto", roles: [{ role: "readWrite", db: "ditto" }] },
  { user: "extended-api", roles: [{ role: "policiesReader", db: "admin" }] },
];
for (const { user, roles } of users) {
  if (admin.getUser(user) === null) {
    admin.createUser({ user, pwd: password(user), roles });
  } else {
    admin.updateUser(user, { pwd: password(user), roles });
  }
  print(`user ${user} is as wanted`);
}
