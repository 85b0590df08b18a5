// Reads TypeScript as data: the imports of a file and the outside names that it touches. Invariant: pure, over paths
// and texts; strings and comments never count.
// Not here: what is allowed (the tables in architecture.test.ts) and how files are found (read-sources.ts).
import {posix} from 'node:path'
import ts from 'typescript'

/** Path relative to the package, with `/`, to its text. */
export type Sources = ReadonlyMap<string, string>

export interface Import {
  /** As written. */
  readonly specifier: string
  /** Path inside the package for a relative import, else null. */
  readonly path: string | null
  /** Package name (`pg`, `@oclif/core`) or builtin (`node:fs`), else null. */
  readonly module: string | null
  /** Erased when run. */
  readonly typeOnly: boolean
  /** `import()`: loaded on first need. */
  readonly dynamic: boolean
  /** A re-export of everything: `export * from`. */
  readonly reexportsAll: boolean
  /** Names taken from it, as the module calls them; null: whatever it has. */
  readonly names: readonly string[] | null
}

export const isTest = (path: string): boolean => path.endsWith('.test.ts')

/** `src/<room>` or the first folder: the unit that the arrows speak of. */
export function roomOf(path: string): string {
  const [first = '', second = ''] = path.split('/')
  return first === 'src' ? second : first
}

/** Every rule reads the same files: each is parsed once, and again only where its text is another. */
const parsed = onceForText((path, text) => ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true))
const imported = onceForText(readImports)

export function parse(path: string, text: string): ts.SourceFile {
  return parsed(path, text)
}

function onceForText<T>(make: (path: string, text: string) => T): (path: string, text: string) => T {
  const made = new Map<string, {readonly text: string; readonly value: T}>()
  return (path, text) => {
    const known = made.get(path)
    if (known?.text === text) return known.value
    const value = make(path, text)
    made.set(path, {text, value})
    return value
  }
}

export function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node)
  ts.forEachChild(node, child => walk(child, visit))
}

/** Every import, re-export, `import()` and `import('x').T` of a file. */
export function importsOf(path: string, text: string): readonly Import[] {
  return imported(path, text)
}

function readImports(path: string, text: string): readonly Import[] {
  const found: Import[] = []
  walk(parse(path, text), node => {
    if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
      const clause = node.importClause
      found.push(
        describe(path, node.moduleSpecifier.text, {typeOnly: isTypeOnly(clause), names: importedNames(clause)}),
      )
    } else if (
      ts.isExportDeclaration(node) &&
      node.moduleSpecifier !== undefined &&
      ts.isStringLiteral(node.moduleSpecifier)
    ) {
      const clause = node.exportClause
      const isNamed = clause !== undefined && ts.isNamedExports(clause)
      const names = isNamed ? clause.elements.map(element => (element.propertyName ?? element.name).text) : null
      found.push(describe(path, node.moduleSpecifier.text, {typeOnly: node.isTypeOnly, reexportsAll: !isNamed, names}))
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      const [argument] = node.arguments
      if (argument !== undefined && ts.isStringLiteralLike(argument))
        found.push(describe(path, argument.text, {dynamic: true, names: null}))
    } else if (
      ts.isImportTypeNode(node) &&
      ts.isLiteralTypeNode(node.argument) &&
      ts.isStringLiteral(node.argument.literal)
    ) {
      found.push(describe(path, node.argument.literal.text, {typeOnly: true, names: null}))
    }
  })
  return found
}

function isTypeOnly(clause: ts.ImportClause | undefined): boolean {
  if (clause === undefined) return false
  if (clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true
  const bindings = clause.namedBindings
  return (
    clause.name === undefined &&
    bindings !== undefined &&
    ts.isNamedImports(bindings) &&
    bindings.elements.length > 0 &&
    bindings.elements.every(element => element.isTypeOnly)
  )
}

function importedNames(clause: ts.ImportClause | undefined): readonly string[] | null {
  const bindings = clause?.namedBindings
  if (bindings === undefined) return []
  return ts.isNamedImports(bindings)
    ? bindings.elements.map(element => (element.propertyName ?? element.name).text)
    : null
}

/** Functions, constants and classes that a file declares and exports by name, each with how often the file says it. */
export function exportedValues(path: string, text: string): readonly {readonly name: string; readonly said: number}[] {
  const file = parse(path, text)
  const names = file.statements.flatMap(statement => {
    if (!ts.canHaveModifiers(statement)) return []
    const kinds = (ts.getModifiers(statement) ?? []).map(({kind}) => kind)
    if (!kinds.includes(ts.SyntaxKind.ExportKeyword) || kinds.includes(ts.SyntaxKind.DefaultKeyword)) return []
    if (ts.isVariableStatement(statement))
      return statement.declarationList.declarations.flatMap(({name}) => (ts.isIdentifier(name) ? [name.text] : []))
    const isValue = ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement)
    return isValue && statement.name !== undefined ? [statement.name.text] : []
  })
  const said = new Map<string, number>()
  walk(file, node => {
    if (ts.isIdentifier(node)) said.set(node.text, (said.get(node.text) ?? 0) + 1)
  })
  return [...new Set(names)].map(name => ({name, said: said.get(name) ?? 0}))
}

function describe(from: string, specifier: string, more: Partial<Import>): Import {
  const relative = specifier.startsWith('.')
  const parts = specifier.split('/')
  return {
    specifier,
    path: relative ? posix.join(posix.dirname(from), specifier) : null,
    module: relative
      ? null
      : specifier.startsWith('node:')
        ? specifier
        : parts.slice(0, specifier.startsWith('@') ? 2 : 1).join('/'),
    typeOnly: false,
    dynamic: false,
    reexportsAll: false,
    names: [],
    ...more,
  }
}

/**
 * Names among `globals` that the file uses as values and does not declare itself, and the member accesses among
 * `members` (`Math.random`). A property, a label or a type of the same name is not a use.
 */
export function touchedNames(
  path: string,
  text: string,
  globals: ReadonlySet<string>,
  members: ReadonlySet<string>,
): readonly string[] {
  const touched = new Set<string>()
  const declared = new Set<string>()
  walk(parse(path, text), node => {
    if (isDeclarationWithName(node)) declared.add(node.name.text)
    else if (ts.isPropertyAccessExpression(node) && ts.isIdentifier(node.expression)) {
      const access = `${node.expression.text}.${node.name.text}`
      if (members.has(access)) touched.add(access)
    } else if (
      ts.isElementAccessExpression(node) &&
      ts.isIdentifier(node.expression) &&
      ts.isStringLiteralLike(node.argumentExpression)
    ) {
      const access = `${node.expression.text}.${node.argumentExpression.text}`
      if (members.has(access)) touched.add(access)
    } else if (
      ts.isVariableDeclaration(node) &&
      ts.isObjectBindingPattern(node.name) &&
      node.initializer !== undefined &&
      ts.isIdentifier(node.initializer)
    ) {
      for (const element of node.name.elements) {
        const access = `${node.initializer.text}.${(element.propertyName ?? element.name).getText()}`
        if (members.has(access)) touched.add(access)
      }
    }
    if (ts.isIdentifier(node) && globals.has(node.text) && isValueUse(node)) touched.add(node.text)
  })
  return [...touched].filter(name => !declared.has(name))
}

type Named = (
  | ts.VariableDeclaration
  | ts.ParameterDeclaration
  | ts.BindingElement
  | ts.ImportSpecifier
  | ts.ImportClause
  | ts.NamespaceImport
  | ts.FunctionDeclaration
  | ts.ClassDeclaration
) & {readonly name: ts.Identifier}

function isDeclarationWithName(node: ts.Node): node is Named {
  const declares =
    ts.isVariableDeclaration(node) ||
    ts.isParameter(node) ||
    ts.isBindingElement(node) ||
    ts.isImportSpecifier(node) ||
    ts.isImportClause(node) ||
    ts.isNamespaceImport(node) ||
    ts.isFunctionDeclaration(node) ||
    ts.isClassDeclaration(node)
  return declares && node.name !== undefined && ts.isIdentifier(node.name)
}

function isValueUse(node: ts.Identifier): boolean {
  const {parent} = node
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node
  if (
    ts.isQualifiedName(parent) ||
    ts.isTypeReferenceNode(parent) ||
    ts.isImportSpecifier(parent) ||
    ts.isExportSpecifier(parent) ||
    ts.isJSDoc(parent)
  )
    return false
  if (ts.isExpressionWithTypeArguments(parent))
    return ts.isHeritageClause(parent.parent) && parent.parent.token === ts.SyntaxKind.ExtendsKeyword
  if (ts.isBindingElement(parent)) return parent.initializer === node
  if (ts.isPropertyAssignment(parent) || ts.isEnumMember(parent)) return parent.initializer === node
  if (ts.isTypeQueryNode(parent)) return false
  const named =
    ts.isPropertySignature(parent) ||
    ts.isPropertyDeclaration(parent) ||
    ts.isMethodDeclaration(parent) ||
    ts.isMethodSignature(parent) ||
    ts.isGetAccessor(parent) ||
    ts.isSetAccessor(parent) ||
    ts.isParameter(parent) ||
    ts.isVariableDeclaration(parent) ||
    ts.isNamedTupleMember(parent) ||
    ts.isTypeAliasDeclaration(parent) ||
    ts.isInterfaceDeclaration(parent)
  return !(named && parent.name === node)
}

/** Is it the name of a property, which nobody reads as a text? */
export const isKey = (node: ts.Node): boolean => ts.isPropertyAssignment(node.parent) && node.parent.name === node
