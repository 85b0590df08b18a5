// A flag that is a share: `99.9%`. Not here: what it is a share of.
import * as Flags from '@oclif/core/flags'
import {HlError} from '../src/model/errors.ts'

/** 0..1; USAGE for what is none. */
export function parseShare(text: string): number {
  const percent = /^(\d+(?:\.\d+)?)%?$/.exec(text.trim())?.[1]
  const share = Number(percent ?? Number.NaN) / 100
  if (share >= 0 && share <= 1) return share
  throw new HlError('USAGE', `${text} is no share`, {next: ['give a percentage from 0% to 100%, such as 99.9%']})
}

export const shareFlag = ({description, default: share}: {readonly description: string; readonly default: number}) =>
  Flags.custom<number>({
    description: `${description} (${share * 100}% when absent)`,
    helpValue: '<percent>',
    default: share,
    parse: async text => Promise.resolve(parseShare(text)),
  })()
