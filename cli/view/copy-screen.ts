// A recovery copy as text. PURE.
import type {CopyAnswer} from '../../src/recovery/recovery-copy.ts'

export function copyText({mode, target, chain, timeline, lsn, lastCommit, stopped}: CopyAnswer): string {
  return `${{paused: 'paused', follow: 'follows', ended: 'promoted'}[mode]} at ${lsn} on timeline ${timeline}, last commit ${lastCommit}: ${target}; made of ${chain.join(' + ')}${stopped === undefined ? '' : `\nIT STANDS STILL: ${stopped}`}`
}
