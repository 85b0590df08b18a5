// A process that reads so many rows and says how much memory it had at most. For stream.ts only.
import {readFileSync} from 'node:fs'
import {streamAll} from './stream-all.ts'
import {open, type Way} from './way.ts'

const [way = '', rows = ''] = process.argv.slice(2)
const opened = open(JSON.parse(way) as Way)
const streamed = await streamAll(opened, Number(rows))
process.stdout.write(JSON.stringify({...streamed, peakMib: peakMib()}))
await opened.end()

/** Of this program alone: maxRSS would begin with what the process had that started it. */
function peakMib(): number {
  const kib = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]
  return Number(kib) / 1_024
}
