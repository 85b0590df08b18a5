// What the cluster says that it runs with, read back before the first fault. Invariant: as reported, never as asked
// for. Not here: changing it (run-settings.ts).
import type {Cluster} from '../model/ports.ts'
import type {EffectiveConfig} from '../model/report.ts'
import type {LoadSpec} from '../model/scenario.ts'

const query = "SELECT current_setting('data_checksums'), current_setting('fsync')"

/** Throws what the cluster throws; only the two PostgreSQL settings may stay unknown, since the report can say so. */
export async function readConfig(cluster: Cluster, primary: string | null, load: LoadSpec): Promise<EffectiveConfig> {
  const [settings, versions, patroni] = await Promise.all([cluster.settings(), cluster.versions(), cluster.rawConfig()])
  const [dataChecksums, fsync] = primary === null ? [null, null] : await durability(cluster, primary)
  return {settings, load, versions, patroni, dataChecksums, fsync}
}

async function durability(cluster: Cluster, primary: string): Promise<readonly [boolean | null, boolean | null]> {
  try {
    const {exitCode, stdout} = await cluster.exec(primary, ['psql', '-XAtq', '-F', ' ', '-c', query], {
      user: 'postgres',
      timeoutMs: 10_000,
    })
    const [checksums, fsync] = exitCode === 0 ? stdout.trim().split(' ') : []
    return [onOff(checksums), onOff(fsync)]
  } catch {
    return [null, null]
  }
}

function onOff(text: string | undefined): boolean | null {
  return text === 'on' ? true : text === 'off' ? false : null
}
