// Hints that work as typed: a command about a lab names it where it is not the default one. PURE.
import {fields} from '../src/config/fields.ts'

const aboutALab =
  /\bhl (?:up|down|status|logs|psql|switchover|failover|drill|restore|faults (?:heal|inject)|router explain|nodes (?:check|rebuild)|backups [a-z]+|copy [a-z]+)\b/g

/** The text with `--lab <lab>` in its commands; as it is for the default lab, and where it names a lab itself. */
export function nameLab(text: string, lab: string): string {
  return lab === fields.lab.default || text.includes('--lab') ? text : text.replaceAll(aboutALab, `$& --lab ${lab}`)
}
