// Rows of the catalogue that the lab does not play, each with the reason. One entry per row.

/** A row and why it is not played. */
export interface NotProduced {
  readonly row: string;
  readonly reason: string;
}

export const NOT_PRODUCED: readonly NotProduced[] = [];
