// Longer texts for people, as data. Not here: error messages (beside what throws them).

export const overview = `hl - a lab for breaking and mending PostgreSQL clusters

  hl doctor                                   check this machine          start here
  hl up                                       start three nodes with Patroni and etcd
  hl failover --scenario primary-crash        kill the primary, measure RTO and lost writes
  hl status                                   what is running, who is primary

Cluster      up  down  status  logs  psql  switchover
Experiments  failover  scenarios  faults  runs
Router       router explain
More         doctor  autocomplete  help [command]

Exit codes   0 pass or done   1 verdict fail   2 wrong usage   3 verdict unknown
             4 host or cluster not ready, nothing changed   70 bug in hl   130 interrupted, faults healed
`

export const exitCodesHelp =
  '0 pass or done, 1 verdict fail, 2 wrong usage or missing confirmation, 3 verdict unknown, 4 not ready and nothing changed, 70 bug in hl, 130 interrupted and healed'
