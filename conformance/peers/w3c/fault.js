// Why a request is not done, where it is no exception of the browser's.

/** This browser cannot do that. */
export class Unsupported extends Error {
  toString() {
    return this.message;
  }
}

/** It was refused by what the options ask for. */
export class Refused extends Error {
  toString() {
    return this.message;
  }
}
