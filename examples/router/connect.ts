// How the examples reach their servers, all from the environment: PG_HOSTS (`host:port,host:port`) or PATRONI_URLS
// (`http://host:8008,…`), else PGHOST and PGPORT. PGUSER, PGPASSWORD and PGDATABASE are read by pg itself, which the
// router hands everything else to.
import {Router, type RouterOptions, type TopologyOptions} from '../../src/router/index.ts' // in an application: 'pg-highload-lab/router'

/** A router to the servers of the environment. */
export function connect(options: Omit<RouterOptions, 'topology'> = {}): Router {
  return new Router({topology: topologyOf(process.env), ...options})
}

/** By Patroni where its URLs are given, else by asking the servers themselves. */
function topologyOf({
  PATRONI_URLS: urls,
  PG_HOSTS: hosts,
  PGHOST: host = 'localhost',
  PGPORT: port = '5432',
}: NodeJS.ProcessEnv): TopologyOptions {
  return urls === undefined ? {hosts: hosts?.split(',') ?? [`${host}:${port}`]} : {patroni: urls.split(',')}
}
