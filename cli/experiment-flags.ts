// Flags that more than one command takes. Values are checked by src/config/fields.ts, so that flags, HL_* and the
// config file accept the same.
import {Flags} from '@oclif/core'
import {accessPaths} from '../src/model/scenario.ts'

export const clusterFlags = {
  'sync': Flags.string({
    description: 'synchronous mode: off, on, strict (no commit without a synchronous standby) or quorum',
    options: ['off', 'on', 'strict', 'quorum'],
    helpGroup: 'CLUSTER',
  }),
  'ttl': Flags.string({description: 'Patroni ttl, at least 20s', helpValue: '<duration>', helpGroup: 'CLUSTER'}),
  'loop-wait': Flags.string({description: 'Patroni loop_wait', helpValue: '<duration>', helpGroup: 'CLUSTER'}),
  'retry-timeout': Flags.string({
    description: 'Patroni retry_timeout; loop_wait + 2 * retry_timeout must not exceed ttl',
    helpValue: '<duration>',
    helpGroup: 'CLUSTER',
  }),
  'failsafe': Flags.string({description: 'Patroni failsafe_mode', options: ['on', 'off'], helpGroup: 'CLUSTER'}),
  'param': Flags.string({
    description: 'a PostgreSQL parameter; repeatable',
    helpValue: '<name=value>',
    multiple: true,
    helpGroup: 'CLUSTER',
  }),
}

export const dryRunFlag = {'dry-run': Flags.boolean({description: 'show what would happen and change nothing'})}

export const objectiveFlags = {
  'rto-max': Flags.string({
    description: 'fail when the RTO is longer',
    helpValue: '<duration>',
    helpGroup: 'OBJECTIVES',
  }),
  'rpo-max': Flags.string({
    description: 'fail when more acknowledged writes are lost',
    helpValue: '<n>',
    helpGroup: 'OBJECTIVES',
  }),
}

export const loadFlags = {
  through: Flags.string({
    description:
      'the access path that the load takes; multi-host: a driver that knows every node and asks each for its role; direct: a pool to the node that is primary at the start, and to no other',
    options: [...accessPaths],
    helpGroup: 'LOAD',
  }),
  writes: Flags.string({description: 'ledger writes per second', helpValue: '<n>', helpGroup: 'LOAD'}),
}
