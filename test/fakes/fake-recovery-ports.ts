// What the use cases of src/recovery need, on a fake archive. Invariant: what they note is in `said`, in order.
import type {RecoveryPorts} from '../../src/recovery/recovery-ports.ts'
import type {FakeArchive} from './fake-archive.ts'
import type {FakeClock} from './fake-clock.ts'

export function portsOf<Signal extends AbortSignal | undefined = undefined>(
  {docker}: Pick<FakeArchive, 'docker'>,
  clock: FakeClock,
  signal?: Signal,
): RecoveryPorts & {readonly signal: Signal; readonly said: string[]} {
  const said: string[] = []
  return {
    docker,
    clock,
    signal: signal as Signal,
    said,
    note: text => void said.push(text),
    onPhase: () => undefined,
  }
}
