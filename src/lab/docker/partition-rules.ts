// PURE: which packets a cut drops, as a script for a container. Invariant: all rules sit in two chains of our own, so
// removing the chains heals whatever was cut; a cut adds to what is there. Established connections are cut too: the
// chains come first, and no state is looked at. Loopback is never touched. Not here: running the script (partition.ts).
import type {Partition} from '../../model/ports.ts'

export interface Addresses {
  /** Other PostgreSQL members, and other etcd members; never the container's own address. */
  readonly members: readonly string[]
  readonly dcs: readonly string[]
}

const chainIn = 'HL-FAULT-IN'
const chainOut = 'HL-FAULT-OUT'

/** Makes the chains where they are not, and jumps to them first. Then takes the rules from stdin, all at once. */
export const cutScript = [
  'set -e',
  ...[
    ['INPUT', chainIn],
    ['OUTPUT', chainOut],
  ].flatMap(([hook, chain]) => [
    `iptables -w 5 -n -L ${chain} >/dev/null 2>&1 || iptables -w 5 -N ${chain}`,
    `iptables -w 5 -C ${hook} -j ${chain} 2>/dev/null || iptables -w 5 -I ${hook} 1 -j ${chain}`,
  ]),
  'exec iptables-restore -w 5 --noflush',
].join('\n')

/** Removes our chains; no error when there are none. */
export const healScript = [
  ['INPUT', chainIn],
  ['OUTPUT', chainOut],
]
  .map(([hook, chain]) =>
    [
      `while iptables -w 5 -D ${hook} -j ${chain} 2>/dev/null; do :; done`,
      `if iptables -w 5 -n -L ${chain} >/dev/null 2>&1; then iptables -w 5 -F ${chain} && iptables -w 5 -X ` +
        `${chain} || exit 1; fi`,
    ].join('\n'),
  )
  .join('\n')

/** Prints our rules; empty when nothing is cut. */
export const listScript = `iptables -w 5 -S ${chainIn} 2>/dev/null; iptables -w 5 -S ${chainOut} 2>/dev/null; :`

/**
 * The input of iptables-restore. Rules for named peers go first; "everybody else" is told by letting the lab's own pass
 * and dropping the rest.
 */
export function cutRules(partition: Partition, addresses: Addresses): string {
  const named = [
    ...(partition.from.includes('members') ? addresses.members : []),
    ...(partition.from.includes('dcs') ? addresses.dcs : []),
  ]
  const known = [...addresses.members, ...addresses.dcs]
  const sides = [
    ...(partition.direction === 'out' ? [] : [{chain: chainIn, peer: '-s', loopback: '-i lo'}]),
    ...(partition.direction === 'in' ? [] : [{chain: chainOut, peer: '-d', loopback: '-o lo'}]),
  ]
  const rules = sides.flatMap(({chain, peer, loopback}) => [
    ...named.map(address => `-I ${chain} 1 ${peer} ${address} -j DROP`),
    ...(partition.from.includes('clients')
      ? [
          `-A ${chain} ${loopback} -j RETURN`,
          ...known.map(address => `-A ${chain} ${peer} ${address} -j RETURN`),
          `-A ${chain} -j DROP`,
        ]
      : []),
  ])
  return ['*filter', ...rules, 'COMMIT', ''].join('\n')
}

/** Does a listing hold one of our rules that drops? */
export function holdsDrop(listing: string): boolean {
  return /^-A HL-FAULT-(?:IN|OUT) .*-j DROP$/m.test(listing)
}
