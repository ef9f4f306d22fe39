// Makes a replica set of the members that the stack's config names, and of no others.
// Run by mongosh as often as anybody likes: it goes on from whatever there is.
{
  const { readFileSync } = require("fs");
  const password = encodeURIComponent(readFileSync("/secrets/root/password", "utf8"));
  const wanted = process.env.MEMBERS.split(",");
  const at = (host) => connect(`mongodb://root:${password}@${host}/admin?directConnection=true`);

  // The first member is asked: it alone has made root, and is in the set from its beginning.
  const first = at(wanted[0]);

  const configuration = (member) => {
    try {
      return member.adminCommand({ replSetGetConfig: 1 }).config;
    } catch (error) {
      if (error.code === 94) return null; // NotYetInitialized
      throw error;
    }
  };

  const eventually = (seconds, what) => {
    for (let passed = 0; passed < seconds; passed += 2) {
      const found = what();
      if (found) return found;
      sleep(2000);
    }
    return null;
  };

  const apply = (member, members, force) => {
    const current = configuration(member);
    const changed = { ...current, version: current.version + 1, members };
    member.adminCommand({ replSetReconfig: changed, ...(force ? { force: true } : {}) });
  };

  if (configuration(first) === null) {
    first.adminCommand({ replSetInitiate: { _id: process.env.SET, members: [{ _id: 0, host: wanted[0] }] } });
    print(`the set begins with ${wanted[0]}`);
  }

  const isWanted = (member) => wanted.includes(member.host);
  let primary = eventually(90, () => first.adminCommand({ hello: 1 }).primary);
  if (!primary) {
    const { members } = configuration(first);
    if (members.every(isWanted)) throw new Error("the set has no primary: most of its members are away");
    // Those that are not wanted any more are gone, and were the majority: the first member goes on without them.
    apply(first, members.filter(isWanted), true);
    primary = eventually(90, () => first.adminCommand({ hello: 1 }).primary);
    if (!primary) throw new Error("the set has no primary after the members that are gone were taken out");
  }

  // One at a time, as MongoDB has it. One that is new copies everything first, and has no vote until then.
  const leader = at(primary);
  for (const host of wanted) {
    const { members } = configuration(leader);
    if (members.some((member) => member.host === host)) continue;
    apply(leader, [...members, { _id: Math.max(...members.map(({ _id }) => _id)) + 1, host }], false);
    const state = () =>
      leader.adminCommand({ replSetGetStatus: 1 }).members.find(({ name }) => name === host)?.stateStr;
    if (!eventually(600, () => ["SECONDARY", "PRIMARY"].includes(state()))) {
      throw new Error(`${host} is still ${state()}: it goes on copying, and this is tried again`);
    }
    print(`${host} is a member`);
  }
  for (const gone of configuration(leader).members.filter((member) => !isWanted(member))) {
    const { members } = configuration(leader);
    apply(leader, members.filter((member) => member.host !== gone.host), false);
    print(`${gone.host} is no member any more`);
  }
}
