// Takes passwords out of text before it is written or printed. Invariant: none of the given secrets is left in the
// result, in any of the spellings in which our files hold text; JSON stays JSON. Not here: who calls it (everything
// that writes a run folder or a log).

const mask = '***'

/** The secret as it looks in a URL, in JSON, in HTML and in a Basic Authorization header's neighbours. */
function spellings(secret: string): readonly string[] {
  const json = JSON.stringify(secret).slice(1, -1)
  const html = secret
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/"/g, '&quot;')
    .replace(/'/g, '&#39;')
  return [secret, json, html, urlSpelling(secret)]
}

function urlSpelling(secret: string): string {
  return secret.isWellFormed() ? encodeURIComponent(secret) : secret
}

function withoutSecrets(text: string, secrets: readonly string[]): string {
  const all = [...new Set(secrets.flatMap(spellings))].filter(secret => secret !== '')
  if (all.length === 0) return text
  // Longest first: a secret that starts with another one must go as a whole.
  const pattern = all
    .sort((a, b) => b.length - a.length)
    .map(secret => secret.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&'))
    .join('|')
  return text.replace(new RegExp(pattern, 'g'), mask)
}

/** postgres://user:password@host, whatever the scheme; the last @ before the path ends the password. */
const urlPassword = /([a-z][a-z0-9+.-]*:\/\/[^\s:@/"']*):[^\s/"']*@/gi

const telling = String.raw`[\w-]*(?:password|passwd|pwd|secret|token|api[_-]?key|authorization)`
/** "password": "…" or a number, in JSON; true, false and null tell nothing. */
const jsonValue = new RegExp(String.raw`("${telling}"\s*:\s*)(?:"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*)`, 'gi')
/** The same inside a JSON string, where each quote has a backslash. */
const nestedJsonValue = new RegExp(String.raw`(\\"${telling}\\"\s*:\s*)\\"(?:\\{3}"|\\{2}.|\\[^"\\]|[^"\\])*\\"`, 'gi')
/**
 * One character of a bare value. A backslash goes with what follows, but never with a quote: that one ends a string
 * around us.
 */
const bare = String.raw`(?:[^\s"'\\,;&}\])]|\\[^"'\s])`
/**
 * password=… as in a connection string, a shell or a log. A double quote right after it may also be the end of a JSON
 * string around us;
 * then a comma, a bracket or a colon comes next.
 */
const plainValue = new RegExp(
  String.raw`(${telling}\s*[=:]\s*)(?:(\\?")(?!\s*(?:[,:}\]]|$))(?:[^"\\\n]|\\[^"\n])+\2|(')(?:[^'"\\\n]|\\[^"\n])*'|${bare}+)`,
  'gi',
)
const header = new RegExp(String.raw`(authorization\s*[=:]\s*)(?:basic|bearer|digest|negotiate)\s+${bare}+`, 'gi')

/**
 * `secrets` are removed wherever they stand; what looks like a password by its place is removed without being known.
 */
export function redact(text: string, secrets: readonly string[]): string {
  return withoutSecrets(text, secrets)
    .replace(header, `$1${mask}`)
    .replace(urlPassword, `$1:${mask}@`)
    .replace(jsonValue, `$1"${mask}"`)
    .replace(nestedJsonValue, `$1\\"${mask}\\"`)
    .replace(
      plainValue,
      (_whole, name: string, double: string | undefined, single: string | undefined) =>
        name + (double ?? single ?? '') + mask + (double ?? single ?? ''),
    )
}
