// Flags that more than one command takes. Values are checked by src/config/fields.ts, so that flags, HL_* and the
// config file accept the same.
import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import type * as Interfaces from '@oclif/core/interfaces'
import {accessPaths} from '../src/model/scenario.ts'
import {profileFlag} from './lab-flags.ts'

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
      'the access path that the load takes; multi-host: a driver that knows every node and asks each for its ' +
      'role; direct: a pool to the node that is primary at the start, and to no other',
    options: [...accessPaths],
    helpGroup: 'LOAD',
  }),
  writes: Flags.string({description: 'ledger writes per second', helpValue: '<n>', helpGroup: 'LOAD'}),
}

/** What `hl failover` and `hl drill` both take. */
export const experimentFlags = (names: readonly string[]) => ({
  scenario: Flags.string({
    char: 's',
    description: `the same as the argument: a name or a file, .ts or .json: ${names.join(', ')}`,
    helpValue: '<name|file>',
    helpGroup: 'EXPERIMENT',
  }),
  repeat: Flags.string({
    description: 'trials in a row; a figure needs at least ten',
    helpValue: '<n>',
    helpGroup: 'EXPERIMENT',
  }),
  seed: Flags.string({description: 'repeat the same draws', helpValue: '<n>', helpGroup: 'EXPERIMENT'}),
  keep: Flags.boolean({description: 'leave the labs running that were brought up for this', helpGroup: 'EXPERIMENT'}),
  interactive: Flags.boolean({description: 'wait for Enter before each step', helpGroup: 'EXPERIMENT'}),
  report: Flags.string({
    multiple: true,
    description: 'also write the report here; .txt, .md, .html, .xml (JUnit) or .json; repeatable',
    helpValue: '<file>',
    helpGroup: 'EXPERIMENT',
  }),
  note: Flags.string({
    description: 'kept with the run and shown in its reports',
    helpValue: '<text>',
    helpGroup: 'EXPERIMENT',
  }),
  ...profileFlag,
  ...objectiveFlags,
  ...dryRunFlag,
})

/** The scenario is what everybody types first. */
export const scenarioArg = {
  scenario: Args.string({description: 'a name, see hl scenarios, or a file of your own, .ts or .json'}),
}

/** As oclif parses them, beside flags of every command. */
export type ExperimentFlags = Interfaces.InferredFlags<ReturnType<typeof experimentFlags>> &
  Readonly<Record<string, unknown>>
