'use strict';

/** Those who wait for something to have happened; each looks again after every change. */
const lookers = new Set();

/** To be called whenever something has come or gone. */
function changed() {
  for (const look of lookers) look();
}

/** Resolves to what `find` finds, as soon as that is anything. */
function until(find) {
  return new Promise((resolve, reject) => {
    const look = () => {
      try {
        const found = find();
        if (!found) return;
        resolve(found);
      } catch (error) {
        reject(error);
      }
      lookers.delete(look);
    };
    lookers.add(look);
    look();
  });
}
