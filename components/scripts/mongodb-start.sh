# The first member makes root, and the others get it from there: a set takes in none that has data already.
case "$POD" in
*-0) ;;
*) unset MONGO_INITDB_ROOT_USERNAME MONGO_INITDB_ROOT_PASSWORD_FILE ;;
esac

# What the members know each other by. MongoDB refuses a file that others can read, as a mounted one can be.
umask 077
base64 -w 0 "$MEMBERS_KEY" >/run/mongodb/key

exec docker-entrypoint.sh mongod "$@"
