// Keys with their hash and slot, made by PostgreSQL 15: hash by hashint8extended, uuid_hash_extended or
// hashtextextended with the seed of hash partitions, slot by satisfies_hash_partition with modulus 4096. Invariant:
// these never change, or every row of every shard would be in the wrong place. Pure.
import type {KeyType} from './key-type.ts'

export interface GoldenVector {
  readonly type: KeyType
  /** As PostgreSQL prints it. */
  readonly key: string
  /** The 64 bits in hexadecimal. */
  readonly hash: string
  readonly slot: number
}

/** Ends of ranges, each length of a rest of bytes, and letters outside of ASCII. */
export const goldenVectors: readonly GoldenVector[] = [
  {type: 'int2', key: '0', hash: 'c2e34bda39f0f0cd', slot: 2480},
  {type: 'int2', key: '1', hash: '52d621058124e6d5', slot: 4024},
  {type: 'int2', key: '-1', hash: 'ba5fc748095606c2', slot: 4005},
  {type: 'int2', key: '32767', hash: 'a6ac42e1ee4bb5eb', slot: 3790},
  {type: 'int2', key: '-32768', hash: '51ac94e226a0db9a', slot: 1149},
  {type: 'int4', key: '0', hash: 'c2e34bda39f0f0cd', slot: 2480},
  {type: 'int4', key: '-1', hash: 'ba5fc748095606c2', slot: 4005},
  {type: 'int4', key: '2147483647', hash: 'ac09237e4899f89c', slot: 383},
  {type: 'int4', key: '-2147483648', hash: '44893a0f1e949193', slot: 2678},
  {type: 'int4', key: '65536', hash: 'a4c9d2b4b3f7b1a1', slot: 2692},
  {type: 'int8', key: '0', hash: 'c2e34bda39f0f0cd', slot: 2480},
  {type: 'int8', key: '1', hash: '52d621058124e6d5', slot: 4024},
  {type: 'int8', key: '-1', hash: 'ba5fc748095606c2', slot: 4005},
  {type: 'int8', key: '42', hash: '663218bcfb84b17f', slot: 2658},
  {type: 'int8', key: '2147483647', hash: 'ac09237e4899f89c', slot: 383},
  {type: 'int8', key: '2147483648', hash: '44893a0f1e949193', slot: 2678},
  {type: 'int8', key: '-2147483648', hash: '44893a0f1e949193', slot: 2678},
  {type: 'int8', key: '-2147483649', hash: 'ac09237e4899f89c', slot: 383},
  {type: 'int8', key: '4294967295', hash: 'ba5fc748095606c2', slot: 4005},
  {type: 'int8', key: '4294967296', hash: '52d621058124e6d5', slot: 4024},
  {type: 'int8', key: '-4294967296', hash: 'c2e34bda39f0f0cd', slot: 2480},
  {type: 'int8', key: '9007199254740991', hash: '2b2e9fd7665611d6', slot: 2745},
  {type: 'int8', key: '9007199254740992', hash: '11797a5234f6ac37', slot: 1306},
  {type: 'int8', key: '9007199254740993', hash: 'a51c4fa58c38f562', slot: 3653},
  {type: 'int8', key: '-9007199254740993', hash: '2e9a9b51b505e055', slot: 2360},
  {type: 'int8', key: '9223372036854775807', hash: '44893a0f1e949193', slot: 2678},
  {type: 'int8', key: '-9223372036854775808', hash: 'ac09237e4899f89c', slot: 383},
  {type: 'uuid', key: '00000000-0000-0000-0000-000000000000', hash: 'b6b5d3c4aa5d92c2', slot: 2981},
  {type: 'uuid', key: 'ffffffff-ffff-ffff-ffff-ffffffffffff', hash: 'fdeeb1999c98549e', slot: 3457},
  {type: 'uuid', key: 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', hash: '05e42c7f7f75bced', slot: 1488},
  {type: 'uuid', key: '01890a5d-ac96-774b-bcce-b302099a8057', hash: '3ffa5ced18d1636d', slot: 3152},
  {type: 'text', key: '', hash: 'b0e33d0b543fbfc3', slot: 2214},
  {type: 'text', key: 'a', hash: 'a2f240f8823ba67b', slot: 3934},
  {type: 'text', key: 'ab', hash: '0845730e49baf33d', slot: 3104},
  {type: 'text', key: 'abc', hash: '325c02d16f43e1c2', slot: 2725},
  {type: 'text', key: 'abcd', hash: '37eb4043f6fdb06e', slot: 2385},
  {type: 'text', key: 'abcde', hash: '42bdebaa1b2c17d9', slot: 188},
  {type: 'text', key: 'abcdef', hash: 'f6dc296ce47a2776', slot: 89},
  {type: 'text', key: 'abcdefg', hash: 'eaf53e7fbf379bae', slot: 1169},
  {type: 'text', key: 'abcdefgh', hash: '94619c573ca212b2', slot: 2965},
  {type: 'text', key: 'abcdefghi', hash: '92e90b933de8cba0', slot: 1155},
  {type: 'text', key: 'abcdefghij', hash: '8cba26807c1916a1', slot: 3972},
  {type: 'text', key: 'abcdefghijk', hash: 'e39999edea562278', slot: 2907},
  {type: 'text', key: 'abcdefghijkl', hash: '92b003d370554786', slot: 105},
  {type: 'text', key: 'abcdefghijklm', hash: 'a1d42895caa786b3', slot: 3990},
  {type: 'text', key: 'Ann', hash: 'af4515dba68220fd', slot: 2528},
  {type: 'text', key: 'ANN', hash: '752f4fea9d4b49eb', slot: 718},
  {type: 'text', key: 'ann ', hash: '2cd8796df03de273', slot: 2902},
  {type: 'text', key: 'caf\u00e9', hash: '2cd264d47253fcc2', slot: 1445},
  {type: 'text', key: 'cafe\u0301', hash: 'fcfdfee878f8e4fb', slot: 3550},
  {type: 'text', key: '\u{1f600}', hash: '0262b3261273c08e', slot: 2417},
  {type: 'text', key: 'user-000000000000000000000000000000000042', hash: 'c3be58ad16c30044', slot: 2343},
]
