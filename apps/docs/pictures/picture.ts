/** A picture of the site: its file name without `.svg`, and how it is drawn. */
export interface Picture {
  readonly name: string;
  readonly draw: () => string | Promise<string>;
}
