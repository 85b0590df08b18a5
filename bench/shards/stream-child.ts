// A process that reads so many rows and says how much memory it had at most. For stream.ts only.
import {streamAll} from './stream-all.ts'
import {open, type Way} from './way.ts'

const [way = '', rows = ''] = process.argv.slice(2)
const opened = open(JSON.parse(way) as Way)
const streamed = await streamAll(opened, Number(rows))
process.stdout.write(JSON.stringify({...streamed, peakMib: process.resourceUsage().maxRSS / 1_024}))
await opened.end()
