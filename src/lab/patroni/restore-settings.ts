// Brings a lab back to the settings that it was made with: a run that was killed leaves its scenario's. Invariant:
// idempotent. Source of the lab's own settings: the environment of its containers (HL_PATRONI_DCS), else the image's
// dcs.json.
import type {ConnectedCluster} from '../lifecycle/connect-lab.ts'
import {labConfig} from '../lifecycle/package-files.ts'
import {isObject, parseJson} from '../read-json.ts'
import {differences, settingsFrom} from './settings-to-patroni.ts'

/** Needs a cluster with a primary. Returns what was changed, empty when nothing was. */
export async function restoreSettings({
  cluster,
  clients: {lab},
}: Pick<ConnectedCluster, 'cluster' | 'clients'>): Promise<readonly string[]> {
  const base = await labConfig([{name: lab.cluster}])
  const text = lab.services.find(service => service.name === lab.members[0])?.facts.environment['HL_PATRONI_DCS'] ?? ''
  const made = text === '' ? base : parseJson(text, 'HL_PATRONI_DCS')
  const own = settingsFrom(isObject(made) ? made : base, base)
  const changed = differences(await cluster.settings(), own)
  if (changed.length > 0) await cluster.applySettings(own)
  return changed.map(change => `settings restored: ${change}`)
}
