/** One measured figure, printed as one JSON line. */
export interface Figure {
  suite: string;
  figure: string;
  value: number;
  unit: string;
  /** In words, for example "<= 200"; null: reported without a target. */
  target: string | null;
  ok: boolean;
}
