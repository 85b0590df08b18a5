// The lines of a run back into what they say: its events as they are, its operations into columns. Invariant: what
// cannot be read is told with its file and line. Not here: pieces of files (line-file.ts), what a line must have
// (parse-record.ts).
import {basename, join} from 'node:path'
import {OpTable} from '../../measure/op-table.ts'
import type {FileDigest} from '../../model/report.ts'
import type {RunEvent} from '../../model/run-event.ts'
import {LearnedLines} from './learned-lines.ts'
import {eachLine, eachLineBytes} from './line-file.ts'
import {parseEvent, parseOp, unreadable} from './parse-record.ts'

export interface Lines<T> {
  readonly values: T
  readonly digest: FileDigest
}

/** `path`: the run's folder. Throws HlError RUN_UNREADABLE. */
export function readEvents(path: string): Lines<readonly RunEvent[]> {
  const values: RunEvent[] = []
  const digest = told(path, 'events.ndjson', (file, at) =>
    eachLine(file, (line, number) => {
      at(number)
      values.push(parseEvent(JSON.parse(line)))
    }),
  )
  return {values, digest}
}

/** The same of operations, of which a history has millions. */
export function readHistory(path: string): Lines<OpTable> {
  const values = new OpTable()
  const learned = new LearnedLines(values)
  const digest = told(path, 'history.ndjson', (file, at) =>
    eachLineBytes(file, (bytes, from, to, number) => {
      at(number)
      takeLine(learned, values, bytes, from, to)
    }),
  )
  return {values, digest}
}

/** Throws a plain Error that names the field which is wrong. */
export function takeLine(learned: LearnedLines, table: OpTable, bytes: Buffer, from: number, to: number): void {
  if (learned.take(bytes, from, to)) return
  const line = bytes.toString('utf8', from, to)
  const op = parseOp(JSON.parse(line))
  table.push(op)
  learned.learn(line, op)
}

function told(
  path: string,
  name: string,
  read: (file: string, at: (number: number) => void) => FileDigest,
): FileDigest {
  let line = 0
  try {
    return read(join(path, name), number => (line = number))
  } catch (error) {
    throw unreadable(line === 0 ? `${basename(path)}/${name}` : `${name}, line ${line}`, error)
  }
}
