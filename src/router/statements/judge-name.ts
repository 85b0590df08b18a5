// What a name makes of the query that it stands in: a function that is called, a relation that is read, a setting that
// is shown. Pure. Not here: finding the names (judge-node.ts, classify-by-words.ts), and functions about the session.
import {connectionFunctions, connectionViews, functionsRefusedByStandbys, settingsOfNode} from './builtin-functions.ts'
import type {FunctionCatalogue} from './function-catalogue.ts'
import {doubtful, ofNode, unknown, verdict, type Verdict} from './verdict.ts'

/** null: a read may call it. */
export function judgeFunction(name: string, catalogue: FunctionCatalogue): Verdict | null {
  if (functionsRefusedByStandbys.has(name)) return verdict('write', `function ${name} is refused by standbys`)
  if (connectionFunctions.has(name)) return ofNode(`function ${name} is about the connection`, 'bound')
  if (catalogue.nodeFunctions.has(name)) return ofNode(`function ${name} is about one node`, 'primary')
  if (catalogue.volatile.has(name)) {
    const found = doubtful(`function ${name} is volatile`)
    return catalogue.ownVolatile.has(name) ? {...found, node: 'primary'} : found
  }
  return catalogue.known.has(name) ? null : unknown(`function ${name} is not known`)
}

/** Of those in sessionFunctions. A setting can be made on any connection, a lock is the primary's. */
export function judgeSessionFunction(name: string): Verdict {
  const found = verdict('session', `function ${name} is about the session`)
  return settingFunctions.has(name) ? {...found, node: 'unsure'} : found
}

const settingFunctions: ReadonlySet<string> = new Set(['set_config', 'set_limit', 'setseed'])

/** null: a read may read it, as far as its name tells. That it is not known is not seen here. */
export function judgeRelation(name: string, catalogue: FunctionCatalogue): Verdict | null {
  if (catalogue.volatileRelations.has(name)) return doubtful(`relation ${name} is volatile`)
  if (connectionViews.has(name)) return ofNode(`relation ${name} is about the connection`, 'bound')
  return catalogue.nodeRelations.has(name) ? ofNode(`relation ${name} is of one node`, 'primary') : null
}

/** A setting by its name, null for one that is not known here. A name with a dot is the application's own. */
export function judgeSetting(name: string | null): Verdict | null {
  if (name !== null && (name.includes('.') || !settingsOfNode.has(name.toLowerCase()))) return null
  return ofNode(name === null ? 'a setting that is not known yet' : `setting ${name} is about one node`, 'bound')
}
