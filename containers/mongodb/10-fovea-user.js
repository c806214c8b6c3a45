// Makes the user that Fovea signs in as, when MongoDB starts with an empty volume: it may read and write the database
// `fovea` and nothing else. Its password is that of /run/secrets/mongodb_fovea_password, which also stands in the
// secret fovea_mongodb_url. Run by the image's entry point, as root of MongoDB, with `db` the database `fovea`.
const { readFileSync } = require('fs');

const FILE = process.env.FOVEA_MONGODB_PASSWORD_FILE || '/run/secrets/mongodb_fovea_password';
const SHORTEST = 12;

const password = readFileSync(FILE, 'utf8').replace(/[\r\n]+$/, '');
if (password.length < SHORTEST) {
  throw new Error(`the password in ${FILE} is shorter than ${SHORTEST} characters; containers/secrets.sh makes one`);
}
db.getSiblingDB('fovea').createUser({
  user: 'fovea',
  pwd: password,
  roles: [{ role: 'readWrite', db: 'fovea' }],
});
