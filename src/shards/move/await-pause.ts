// A pause that a person asked for, waited for by whoever runs the move, before a step. Not here: which steps may wait
// (move-states.ts), pieces of long ones (throttle.ts), asking for it (list-moves.ts).
import {pause} from '../time/pause.ts'
import {pausedWords} from './decide-throttle.ts'
import {pausedText} from './list-moves.ts'
import type {MoveContext} from './move-context.ts'

const lookMs = 500

/** Resolves when nobody wants it to wait; rejects with the signal's reason. */
export async function awaitPause({id, source, signal, tell}: MoveContext): Promise<void> {
  for (let told = false; ; told = true) {
    const [row] = await source.session.rows<{paused: boolean}>(pausedText, [id])
    if (row?.paused !== true) return
    if (!told) tell({kind: 'throttle', why: pausedWords})
    await pause(lookMs, signal)
    signal?.throwIfAborted()
  }
}
