// Damages what lies in the archive of a lab, and puts it back. For tests only. Invariant: a file is never changed in
// its place, so that the copies of it, which are links, stay what they are. Not here: which damage (test/generated).
import type {Damage, StoredFile} from '../../generated/damage.ts'
import type {LiveCluster} from './live-cluster.ts'

const withinMs = 120_000
const keptIn = '/archive/.kept-by-the-test'

const program = `
import json, os, random, sys
root, ops = sys.argv[1], json.load(sys.stdin)
def read(path):
    with open(os.path.join(root, path), 'rb') as file: return bytearray(file.read())
def write(path, data):
    full = os.path.join(root, path)
    with open(full + '.damaged', 'wb') as file: file.write(data)
    os.chmod(full + '.damaged', os.stat(full).st_mode)
    os.replace(full + '.damaged', full)
for op in ops:
    path, kind = op['path'], op['op']
    data = read(path)
    if kind == 'flip': data[op['at']] ^= 1 << op['bit']
    elif kind == 'zero': data[op['at']:op['at'] + op['bytes']] = bytes(op['bytes'])
    elif kind == 'noise': data[op['at']:op['at'] + op['bytes']] = random.Random(op['seed']).randbytes(op['bytes'])
    elif kind == 'cut': del data[op['to']:]
    elif kind == 'lengthen': data += bytes(op['by'])
    elif kind == 'copy': data = read(op['of'])
    elif kind == 'swap':
        other = read(op['with'])
        write(op['with'], data)
        data = other
    if kind == 'delete': os.unlink(os.path.join(root, path))
    else: write(path, data)
`

/**
 * Large files are linked, small ones copied, since hl may write in the place of those. What comes into the archive
 * meanwhile stays.
 */
const keeper = `
import os, shutil, sys
word, root, kept = sys.argv[1:4]
large = 1 << 20
def files(top):
    for folder, _, names in os.walk(top):
        for name in names: yield os.path.relpath(os.path.join(folder, name), top)
def same(one, other):
    try: a, b = os.stat(one), os.stat(other)
    except FileNotFoundError: return False
    if a.st_ino == b.st_ino: return True
    if a.st_size != b.st_size or a.st_size >= large: return False
    with open(one, 'rb') as x, open(other, 'rb') as y: return x.read() == y.read()
def give(one, other):
    os.makedirs(os.path.dirname(other), exist_ok=True)
    if os.stat(one).st_size >= large: os.link(one, other + '.given')
    else: shutil.copy2(one, other + '.given')
    os.replace(other + '.given', other)
if word == 'keep':
    shutil.rmtree(kept, ignore_errors=True)
    for name in files(root): give(os.path.join(root, name), os.path.join(kept, name))
else:
    for name in files(kept):
        one, other = os.path.join(kept, name), os.path.join(root, name)
        if not same(one, other):
            # Of two links to one file rename does nothing, and leaves both.
            if os.path.exists(other): os.unlink(other)
            give(one, other)
`

export class DamagedArchive {
  readonly #live: LiveCluster
  readonly #root: string

  constructor(live: LiveCluster, systemIdentifier: string) {
    this.#live = live
    this.#root = `/archive/${systemIdentifier}`
  }

  async files(): Promise<readonly StoredFile[]> {
    const text = await this.#run(['find', this.#root, '-type', 'f', '-printf', '%P %s\\n'])
    return text
      .trim()
      .split('\n')
      .map(line => ({path: line.slice(0, line.lastIndexOf(' ')), bytes: Number(line.slice(line.lastIndexOf(' ') + 1))}))
      .toSorted((a, b) => (a.path < b.path ? -1 : 1))
  }

  async keep(): Promise<void> {
    await this.#run(['python3', '-c', keeper, 'keep', this.#root, keptIn])
  }

  async damage({ops}: Damage): Promise<void> {
    await this.#run(['python3', '-c', program, this.#root], JSON.stringify(ops))
  }

  async putBack(): Promise<void> {
    await this.#run(['python3', '-c', keeper, 'back', this.#root, keptIn])
  }

  async forget(): Promise<void> {
    await this.#run(['rm', '-rf', keptIn])
  }

  async #run(argv: readonly string[], stdin?: string): Promise<string> {
    const options = {user: 'postgres', timeoutMs: withinMs, ...(stdin === undefined ? {} : {stdin})}
    const {exitCode, stdout, stderr} = await this.#live.lab.cluster.exec('archive', argv, options)
    if (exitCode !== 0) throw new Error(`${argv.slice(0, 3).join(' ')}: ${stderr}`)
    return stdout
  }
}
