// What to say when something that a run changed could not be brought back: a person has to do it.
import {hint} from '../model/command-hint.ts'
import {HlError} from '../model/errors.ts'
import type {UndoFailure} from './undo-stack.ts'

/** HEAL_FAILED; `run` as it reads at the front of the message, `cause` what the run had come to. */
export function healFailed(run: string, {id, message}: UndoFailure, lab: string, cause?: unknown): HlError {
  return new HlError('HEAL_FAILED', `${run}: could not undo ${id}: ${message}`, {
    next: [
      hint('faults heal', {flags: {all: true}, lab}),
      hint('down', {flags: {volumes: true, confirm: lab}, lab, why: 'takes the lab away'}),
    ],
    ...(cause === undefined ? {} : {cause}),
  })
}
