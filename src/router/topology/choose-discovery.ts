// Which discovery the options ask for. Pure: nothing starts before start(). Not here: what the options may say
// (topology-options.ts).
import {DnsDiscovery} from './discover-dns.ts'
import {HostsDiscovery} from './discover-hosts.ts'
import {PatroniDiscovery} from './discover-patroni.ts'
import type {MakeDiscovery} from './discovery.ts'
import type {Connect} from './sql-line.ts'
import type {TopologySettings} from './topology-options.ts'

/** `connect` gives the credentials of the monitors' own connections; Patroni is asked without any. */
export function chooseDiscovery(settings: TopologySettings, connect: Connect): MakeDiscovery {
  const {source, pollMs, fastPollMs, timeoutMs} = settings
  const times = {pollMs, fastPollMs, timeoutMs}
  switch (source.kind) {
    case 'patroni':
      return listener => new PatroniDiscovery({...times, urls: source.urls}, listener)
    case 'hosts':
      return listener => new HostsDiscovery(source.nodes, {connect, times}, listener)
    case 'dns':
      return listener => new DnsDiscovery(source, {connect, times}, listener)
  }
}
