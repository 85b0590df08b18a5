// Where a connection comes from and goes back to, as the connection sees it. Not here: who that is (node-pool.ts).

/** Where a connection goes when its user is done with it. */
export interface Home<Connection> {
  /** Nobody uses it any more. `reason`: it must not be used again. */
  giveBack(connection: Connection, reason: Error | boolean | undefined): void
  /** One of several users is done. */
  userDone(connection: Connection): void
  /** It broke while nobody used it. */
  ended(connection: Connection, error: Error | undefined): void
}
