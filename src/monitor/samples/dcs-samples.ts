// PURE: what the members of etcd said -> samples. Not here: what Patroni keeps there (cluster-samples.ts).
import {sample, type Sample} from '../metrics/sample.ts'

/** By member; null: it does not answer. */
export type DcsAnswers = Readonly<Record<string, {readonly healthy: boolean} | null>>

export function dcsSamples(lab: string, answers: DcsAnswers): readonly Sample[] {
  const members = Object.entries(answers)
  return [
    ...sample('hl_dcs_members', {lab}, members.length),
    ...members.flatMap(([member, answer]) => [
      ...sample('hl_dcs_member_up', {lab, member}, answer !== null),
      // Silent: nobody can count on it, whatever it would say.
      ...sample('hl_dcs_member_healthy', {lab, member}, answer?.healthy ?? false),
    ]),
  ]
}
