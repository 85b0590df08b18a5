// Rules over the import graph. Invariant: pure; each answers with one sentence per violation, none when the rule holds.
// Not here: the tables.
import {exportedValues, importsOf, isTest, roomOf, type Import, type Sources} from './source.ts'

export interface RoomRule {
  /** Rooms of ours; its own is always allowed. `*` is all of them. */
  readonly rooms: readonly string[]
  /** npm packages; builtins are the IO list's business. `*` is all of them. */
  readonly packages: readonly string[]
}

/** Imports of every file that is not a test. */
function productionImports(sources: Sources): readonly {readonly file: string; readonly import: Import}[] {
  return [...sources]
    .filter(([path]) => !isTest(path))
    .flatMap(([path, text]) => importsOf(path, text).map(found => ({file: path, import: found})))
}

/** Who may import whom, and which packages. A room that is not in the table may import nothing. */
export function arrowViolations(sources: Sources, table: Readonly<Record<string, RoomRule>>): readonly string[] {
  return productionImports(sources).flatMap(({file, import: found}) => {
    const room = roomOf(file)
    const rule = table[room]
    if (rule === undefined) return [`${file}: the room ${room} is not in the table of arrows`]
    if (found.path !== null) {
      const target = roomOf(found.path)
      if (target === room || found.path === 'package.json' || rule.rooms.includes('*') || rule.rooms.includes(target))
        return []
      return [`${file} imports ${found.path}: ${room} -> ${target} is not an arrow`]
    }
    const name = found.module ?? found.specifier
    if (name.startsWith('node:') || rule.packages.includes('*') || rule.packages.includes(name)) return []
    return [`${file} imports ${name}: ${room} may not import that package`]
  })
}

/** A library is imported through its entries, so that what is inside can change. `rooms`: where each library lies. */
export function libraryViolations(
  sources: Sources,
  rooms: readonly string[],
  entries: readonly string[],
): readonly string[] {
  return productionImports(sources).flatMap(({file, import: {path}}) => {
    const room = rooms.find(prefix => path?.startsWith(prefix) === true && !file.startsWith(prefix))
    return path === null || room === undefined || entries.includes(path)
      ? []
      : [`${file} imports ${path}: from outside, only the entries of ${room} may be imported`]
  })
}

/**
 * Arrows and packages of the table that no file uses, and rooms that are gone: a table that allows more than is needed
 * hides the next violation.
 */
export function staleArrows(sources: Sources, table: Readonly<Record<string, RoomRule>>): readonly string[] {
  const used = new Set(
    productionImports(sources).map(
      ({file, import: found}) =>
        `${roomOf(file)} -> ${found.path === null ? (found.module ?? found.specifier) : roomOf(found.path)}`,
    ),
  )
  const rooms = new Set([...sources.keys()].map(roomOf))
  return Object.entries(table).flatMap(([room, rule]) => {
    if (!rooms.has(room)) return [`${room} is not a room`]
    return [...rule.rooms, ...rule.packages]
      .filter(target => target !== '*' && !used.has(`${room} -> ${target}`))
      .map(target => `${room} -> ${target} is used by no file`)
  })
}

/** Cycles between files, types included; each is told once, from its first file. */
export function cycleViolations(sources: Sources): readonly string[] {
  const cycles: string[] = []
  const done = new Set<string>()
  const visit = (path: string, trail: readonly string[]): void => {
    const at = trail.indexOf(path)
    if (at >= 0) {
      cycles.push(`cycle: ${[...trail.slice(at), path].join(' -> ')}`)
      return
    }
    if (done.has(path)) return
    for (const target of targets(sources, path)) visit(target, [...trail, path])
    done.add(path)
  }
  for (const path of sources.keys()) visit(path, [])
  return cycles
}

/** A barrel is an index.ts, or a file that passes on all of another one, where there is no library entry. */
export function barrelViolations(sources: Sources, entries: readonly string[]): readonly string[] {
  return [...sources].flatMap(([path, text]) => {
    if (entries.includes(path)) return []
    const isCommandTopic = path.startsWith('cli/commands/')
    const named =
      /(^|\/)index\.ts$/.test(path) && !isCommandTopic ? [`${path}: index.ts is for library entries only`] : []
    return [
      ...named,
      ...importsOf(path, text)
        .filter(found => found.reexportsAll)
        .map(found => `${path} re-exports all of ${found.specifier}`),
    ]
  })
}

/** Modules and files that only some places may import. `owners` are files, or folders with a closing slash. */
export function ownerViolations(
  sources: Sources,
  owned: Readonly<Record<string, readonly string[]>>,
): readonly string[] {
  return productionImports(sources).flatMap(({file, import: found}) => {
    const owners = owned[found.module ?? found.path ?? '']
    return owners === undefined || matchesAny(file, owners)
      ? []
      : [`${file} imports ${found.specifier}: only ${owners.join(', ')} may`]
  })
}

/** Files that nobody reaches from an entry without going through a test. */
export function deadFiles(sources: Sources, isEntry: (path: string) => boolean): readonly string[] {
  const reached = reachable(sources, [...sources.keys()].filter(isEntry), () => true)
  return [...sources.keys()]
    .filter(path => !isTest(path) && !reached.has(path))
    .map(path => `${path} is reached from no entry`)
}

/**
 * Values that a file of `sources` exports and no file of `users` imports, and those that only tests have a use for.
 * Entries are for others.
 */
export function unusedExports(sources: Sources, users: Sources, isEntry: (path: string) => boolean): readonly string[] {
  const [wanted, tested] = [new Map<string, Set<string>>(), new Map<string, Set<string>>()]
  for (const [user, text] of users)
    for (const {path, names} of importsOf(user, text)) {
      if (path === null) continue
      const into = isTest(user) || user.startsWith('test/') ? tested : wanted
      into.set(path, new Set([...(into.get(path) ?? []), ...(names ?? ['*'])]))
    }
  const isIn = (map: typeof wanted, path: string, name: string): boolean =>
    map.get(path)?.has(name) === true || map.get(path)?.has('*') === true
  return [...sources]
    .filter(([path]) => !isTest(path) && !isEntry(path))
    .flatMap(([path, text]) =>
      exportedValues(path, text).flatMap(({name, said}) => {
        if (isIn(wanted, path, name)) return []
        if (!isIn(tested, path, name)) return [`${path} exports ${name}, which no file imports`]
        return said > 1 ? [] : [`${path} exports ${name}, which only tests use`]
      }),
    )
}

/** Imports from a folder by files that are not in it, tests too. */
export function outsideViolations(users: Sources, folder: string): readonly string[] {
  return [...users]
    .filter(([user]) => !user.startsWith(folder))
    .flatMap(([user, text]) =>
      importsOf(user, text).flatMap(({path}) => (path?.startsWith(folder) === true ? [`${user} imports ${path}`] : [])),
    )
}

/** Packages that are loaded when `entry` is imported: through static imports of values, nothing lazy, no types. */
export function loadedPackages(sources: Sources, entry: string): readonly string[] {
  const eager = (found: Import): boolean => !found.typeOnly && !found.dynamic
  const files = reachable(sources, [entry], eager)
  const packages = [...files].flatMap(path =>
    importsOf(path, sources.get(path) ?? '')
      .filter(eager)
      .map(found => found.module ?? ''),
  )
  return [...new Set(packages)].filter(name => name !== '' && !name.startsWith('node:')).sort()
}

/** Is the path one of these files, or inside one of these folders (closing slash)? */
export function matchesAny(path: string, list: readonly string[]): boolean {
  return list.some(item => (item.endsWith('/') ? path.startsWith(item) : path === item))
}

function targets(sources: Sources, path: string): readonly string[] {
  return importsOf(path, sources.get(path) ?? '')
    .map(found => found.path ?? '')
    .filter(target => sources.has(target))
}

function reachable(
  sources: Sources,
  entries: readonly string[],
  follow: (found: Import) => boolean,
): ReadonlySet<string> {
  const reached = new Set<string>()
  const queue = [...entries]
  for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
    if (reached.has(path)) continue
    reached.add(path)
    for (const found of importsOf(path, sources.get(path) ?? '')) {
      if (found.path !== null && sources.has(found.path) && !isTest(found.path) && follow(found)) queue.push(found.path)
    }
  }
  return reached
}
