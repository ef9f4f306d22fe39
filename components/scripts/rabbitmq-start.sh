# Starts RabbitMQ, and once it is up takes away the users that are not declared any more: loading definitions only adds.
mkdir -p "$HOME"
(
  # Refused until the node can be talked to, which takes a while.
  until rabbitmqctl --quiet await_startup --timeout 300 2>/dev/null; do
    kill -0 $$ || exit 0
    sleep 2
  done
  rabbitmqctl --quiet list_users --no-table-headers | cut -f 1 | while read -r user; do
    case " $USERS " in
    *" $user "*) ;;
    *) rabbitmqctl --quiet delete_user "$user" </dev/null && echo "removed user $user, which is not declared any more" ;;
    esac
  done
) &
exec rabbitmq-server
