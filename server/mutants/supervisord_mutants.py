"""The cache of a real supervisord, each time with one documented behaviour broken, as somebody who extends Supervisor would
break it.

Run by its Python, lists them as `cache-mutant --list` does. `scripts/supervisord --factory` serves one: a class is its own
factory, and its name the mutant's. Its docstring says what it does wrong; behaviour is the id in fixtures/behaviours.json,
specs those in which it breaks it.
"""

import atexit
import fnmatch
import html
import inspect
import json
import os
import pickle
import tempfile
import time
import unicodedata

from supervisor.xmlrpc import Faults, RPCError
from supervisor_cache.rpcinterface import CacheNamespaceRPCInterface as Cache

METHODS = [name for name, _ in inspect.getmembers(Cache, inspect.isfunction) if not name.startswith("_")]
MUTANTS = []


class Unchanged(Cache):
    """breaks nothing"""

    def __init_subclass__(cls, behaviour=None, specs="1.0 1.1"):
        if behaviour:
            MUTANTS.append((cls.__name__, behaviour, specs, cls.__doc__))
        # Supervisor lists what a class defines itself, and shows and reads its documentation.
        for name in METHODS:
            method = getattr(cls, name)
            method.__doc__ = method.__doc__ or getattr(Cache, name).__doc__
            setattr(cls, name, method)


for name in METHODS:
    setattr(Unchanged, name, getattr(Cache, name))


# What is taken for a key.

class EditsKeys(Unchanged):
    def _edited(self, key):
        raise NotImplementedError

    def store(self, key, data):
        return super().store(self._edited(key) if isinstance(key, str) else key, data)

    def fetch(self, key):
        return super().fetch(self._edited(key) if isinstance(key, str) else key)

    def delete(self, key):
        return super().delete(self._edited(key) if isinstance(key, str) else key)


class StripsKeys(EditsKeys, behaviour="store"):
    """takes blanks off the ends of a key"""

    def _edited(self, key):
        return key.strip(" ") or key


class KeysWithoutCase(EditsKeys, behaviour="get-keys"):
    """keeps keys in lower case"""

    def _edited(self, key):
        return key.lower()


class NormalisesKeys(EditsKeys, behaviour="store"):
    """keeps keys in the Unicode form NFC"""

    def _edited(self, key):
        return unicodedata.normalize("NFC", key)


class FiguresAreNumbers(EditsKeys, behaviour="store"):
    """takes 007 and 7 for one key"""

    def _edited(self, key):
        return str(int(key)) if key.isdecimal() else key


class NumbersAsKeys(Unchanged, behaviour="key-string"):
    """takes a number for the key of its digits"""

    def store(self, key, data):
        return super().store(str(key) if type(key) is int else key, data)


class TrueAsKey(Unchanged, behaviour="key-string"):
    """lets a boolean pass as a key, and lists it as text"""

    def _validateKey(self, key):
        if not isinstance(key, bool):
            super()._validateKey(key)

    def getKeys(self):
        self._update("getKeys")
        return sorted(map(str, self.cache))


class StoresAndThenRefuses(Unchanged, behaviour="key-not-empty"):
    """looks at the key after it has stored"""

    def store(self, key, data):
        if key == "":
            self.cache[key] = data
        return super().store(key, data)


class DeletesEmptyKey(Unchanged, behaviour="key-not-empty"):
    """does not mind an empty key where there is nothing to delete"""

    def delete(self, key):
        return key == "" or super().delete(key)


class FetchLooksFirst(Unchanged, behaviour="bad-name"):
    """looks for a key without a look at its type"""

    def fetch(self, key):
        self._update("fetch")
        if key not in self.cache:  # a TypeError for what cannot be hashed
            raise RPCError(Faults.BAD_NAME)
        return super().fetch(key)


class OtherCodeForKeys(Unchanged, behaviour="bad-name"):
    """has INCORRECT_PARAMETERS for a key that is no string"""

    def _validateKey(self, key):
        if not isinstance(key, str):
            raise RPCError(Faults.INCORRECT_PARAMETERS, "Cache key must be a string")
        super()._validateKey(key)


# What becomes of a value.

class EmptyIsMissing(Unchanged, behaviour="value-empty"):
    """takes an empty value for a missing one"""

    def fetch(self, key):
        data = super().fetch(key)
        if data == "":
            raise RPCError(Faults.BAD_NAME)
        return data


class EmptyDeletes(Unchanged, behaviour="value-empty"):
    """deletes a key for which an empty value is stored"""

    def store(self, key, data):
        super().store(key, data)
        if data == "":
            del self.cache[key]
        return True


class EditsText(Unchanged):
    def _edited(self, text):
        raise NotImplementedError

    def store(self, key, data):
        return super().store(key, self._edited(data) if isinstance(data, str) else data)


class LosesLineEnd(EditsText, behaviour="store"):
    """drops a line feed at the end of a text"""

    def _edited(self, text):
        return text.rstrip("\n")


class UnescapesText(EditsText, behaviour="fetch"):
    """resolves references in a text once more"""

    def _edited(self, text):
        return html.unescape(text)


class OnlyLatin(EditsText, behaviour="store"):
    """keeps a text in ISO 8859-1"""

    def _edited(self, text):
        return text.encode("latin-1", "replace").decode("latin-1")


class CutsText(EditsText, behaviour="store"):
    """keeps 65,535 characters of a text"""

    def _edited(self, text):
        return text[:65535]


class ThroughJson(Unchanged, behaviour="value-any-type", specs="1.1"):
    """keeps values as JSON, and so dates as text"""

    def store(self, key, data):
        return super().store(key, json.loads(json.dumps(data, default=str)))


class BooleansAreNumbers(Unchanged, behaviour="value-any-type", specs="1.1"):
    """keeps true as 1"""

    def store(self, key, data):
        return super().store(key, int(data) if isinstance(data, bool) else data)


class WholeDoublesAreNumbers(Unchanged, behaviour="value-any-type", specs="1.1"):
    """keeps 2.0 as 2"""

    def store(self, key, data):
        whole = isinstance(data, float) and data.is_integer() and abs(data) < 2**31
        return super().store(key, int(data) if whole else data)


class RoundsDoubles(Unchanged, behaviour="value-any-type", specs="1.1"):
    """keeps twelve digits of a double"""

    def store(self, key, data):
        return super().store(key, float("%.12g" % data) if isinstance(data, float) else data)


class MergesStructs(Unchanged, behaviour="store", specs="1.1"):
    """merges a struct into the one that is there"""

    def store(self, key, data):
        old = self.cache.get(key) if isinstance(key, str) else None
        return super().store(key, {**old, **data} if isinstance(old, dict) and isinstance(data, dict) else data)


class ConvertsValues(Unchanged, behaviour="value-string", specs="1.0"):
    """makes a text of a number"""

    def store(self, key, data):
        return super().store(key, str(data) if isinstance(data, (int, float)) else data)


class RefusedValueLosesOld(Unchanged, behaviour="value-string", specs="1.0"):
    """forgets the old value when it refuses another"""

    def store(self, key, data):
        if isinstance(key, str) and not isinstance(data, str):
            self.cache.pop(key, None)
        return super().store(key, data)


# What is kept, and for how long.

class FirstValueStays(Unchanged, behaviour="store"):
    """does not overwrite"""

    def store(self, key, data):
        return super().store(key, self.cache.get(key, data) if isinstance(key, str) else data)


class FalseForOld(Unchanged, behaviour="store"):
    """answers false where it overwrites"""

    def store(self, key, data):
        new = len(self.cache)
        super().store(key, data)
        return len(self.cache) > new


class KeepsTwoHundred(Unchanged, behaviour="kept-until-deleted"):
    """forgets the oldest of more than 200 keys"""

    def store(self, key, data):
        super().store(key, data)
        if len(self.cache) > 200:
            del self.cache[next(iter(self.cache))]
        return True


class Expires(Unchanged, behaviour="kept-until-deleted"):
    """forgets what is older than two seconds"""

    def store(self, key, data):
        super().store(key, data)
        self.__dict__.setdefault("times", {})[key] = time.monotonic()
        return True

    def fetch(self, key):
        data = super().fetch(key)
        if time.monotonic() - self.times[key] > 2:
            raise RPCError(Faults.BAD_NAME)
        return data


class WornOut(Unchanged, behaviour="kept-until-deleted"):
    """forgets what was fetched five times"""

    def fetch(self, key):
        data = super().fetch(key)
        fetched = self.__dict__.setdefault("fetched", [])
        fetched.append(key)
        if fetched.count(key) % 5 == 0:
            del self.cache[key]
        return data


class SavesAtExit(Unchanged, behaviour="gone-after-shutdown"):
    """saves what it has when it ends, and loads it when it starts"""

    def __init__(self, supervisord):
        super().__init__(supervisord)
        self.file = os.path.join(tempfile.gettempdir(), "cache.pickle")
        if os.path.exists(self.file):
            with open(self.file, "rb") as file:
                self.cache = pickle.load(file)
        atexit.register(self._save)

    def _save(self):
        with open(self.file, "wb") as file:
            pickle.dump(self.cache, file)


class RemembersFetched(Unchanged, behaviour="delete"):
    """answers with what was fetched before, even if it was deleted"""

    def store(self, key, data):
        super().store(key, data)
        self.__dict__.setdefault("fetched", {}).pop(key, None)
        return True

    def fetch(self, key):
        fetched = self.__dict__.setdefault("fetched", {})
        if not isinstance(key, str) or key not in fetched:
            data = super().fetch(key)
            fetched[key] = data
        return fetched[key]


class MissingIsEmpty(Unchanged, behaviour="bad-name-missing"):
    """answers with an empty text for a key that is not there"""

    def fetch(self, key):
        return super().fetch(key) if not isinstance(key, str) or key == "" or key in self.cache else ""


class OtherCodeForMissing(Unchanged, behaviour="bad-name-missing"):
    """has FAILED for a key that is not there"""

    def fetch(self, key):
        if isinstance(key, str) and key and key not in self.cache:
            raise RPCError(Faults.FAILED)
        return super().fetch(key)


class DeleteOfMissing(Unchanged, behaviour="delete-missing"):
    """refuses to delete a key that is not there"""

    def delete(self, key):
        if isinstance(key, str) and key not in self.cache:
            raise RPCError(Faults.BAD_NAME)
        return super().delete(key)


class DeletesByPattern(Unchanged, behaviour="delete-others-stay"):
    """takes * in a key that is deleted for a pattern"""

    def delete(self, key):
        if isinstance(key, str) and "*" in key:
            for name in fnmatch.filter(list(self.cache), key):
                del self.cache[name]
        return super().delete(key)


class DeletesBelow(Unchanged, behaviour="delete-others-stay"):
    """deletes a.b with a"""

    def delete(self, key):
        for name in list(self.cache):
            if isinstance(key, str) and key and name.startswith(key + "."):
                del self.cache[name]
        return super().delete(key)


class DeletesSameValues(Unchanged, behaviour="delete-others-stay"):
    """deletes all keys that have this value"""

    def delete(self, key):
        if isinstance(key, str) and key in self.cache:
            value = self.cache[key]
            self.cache = {name: data for name, data in self.cache.items() if data != value}
        return super().delete(key)


class ClearsNothing(Unchanged, behaviour="clear"):
    """answers false where there was nothing to clear"""

    def clear(self):
        some = bool(self.cache)
        super().clear()
        return some


class ClearsListed(Unchanged, behaviour="clear"):
    """clears a hundred keys at most"""

    def clear(self):
        for key in self.getKeys()[:100]:
            del self.cache[key]
        return True


# What is listed.

class EmptyListHasOne(Unchanged, behaviour="empty-keys"):
    """lists an empty text where there is nothing"""

    def getKeys(self):
        return super().getKeys() or [""]


class KeysByLine(Unchanged, behaviour="get-keys"):
    """takes a line feed in a key for the end of it when it lists keys"""

    def getKeys(self):
        return "\n".join(super().getKeys()).splitlines()


class KeysOfSomething(Unchanged, behaviour="get-keys"):
    """lists no key of an empty value"""

    def getKeys(self):
        return [key for key in super().getKeys() if self.cache[key] != ""]


class FirstHundredKeys(Unchanged, behaviour="get-keys"):
    """lists a hundred keys at most"""

    def getKeys(self):
        return super().getKeys()[:100]


class OldList(Unchanged, behaviour="get-keys"):
    """makes the list anew only where the number of keys has changed"""

    def getKeys(self):
        keys = super().getKeys()
        known = self.__dict__.setdefault("known", keys)
        if len(known) != len(keys):
            self.known = keys
        return self.known


class KeysAsStored(Unchanged, behaviour="keys-in-order"):
    """lists keys in the order in which they were stored"""

    def getKeys(self):
        self._update("getKeys")
        return list(self.cache)


class OrderWithoutCase(Unchanged, behaviour="keys-in-order"):
    """lists a before B"""

    def getKeys(self):
        return sorted(super().getKeys(), key=str.lower)


class OrderOfUtf16(Unchanged, behaviour="keys-in-order"):
    """lists keys in the order of UTF-16"""

    def getKeys(self):
        return sorted(super().getKeys(), key=lambda key: key.encode("utf-16-be", "surrogatepass"))


class CountsStores(Unchanged, behaviour="get-count"):
    """counts a key again when it is overwritten"""

    def store(self, key, data):
        again = isinstance(key, str) and key in self.cache
        super().store(key, data)
        self.__dict__["again"] = self.__dict__.get("again", 0) + again
        return True

    def getCount(self):
        return super().getCount() + self.__dict__.get("again", 0)


class CountsDeletes(Unchanged, behaviour="get-count"):
    """counts one less with each delete, also of what is not there"""

    def delete(self, key):
        self.missing = self.__dict__.get("missing", 0) + (isinstance(key, str) and key not in self.cache)
        return super().delete(key)

    def clear(self):
        self.missing = 0
        return super().clear()

    def getCount(self):
        return max(super().getCount() - self.__dict__.get("missing", 0), 0)


class VersionIsNumber(Unchanged, behaviour="api-version"):
    """answers with a double for the version"""

    def getAPIVersion(self):
        return float(super().getAPIVersion())


class VersionOfPackage(Unchanged, behaviour="api-version-0-2"):
    """answers with the version of the package"""

    def getAPIVersion(self):
        super().getAPIVersion()
        return "1.1.0"


# What is refused, and what is said of methods.

class TimeToLive(Unchanged, behaviour="fault-always-possible"):
    """store has a third parameter, which may be left out"""

    def store(self, key, data, seconds=0):
        return super().store(key, data)


class ValueLeftOut(Unchanged, behaviour="fault-always-possible"):
    """stores an empty text where the value is left out"""

    def store(self, key, data=""):
        return super().store(key, data)


class KeysOfPattern(Unchanged, behaviour="fault-always-possible"):
    """getKeys does not mind parameters"""

    def getKeys(self, *_):
        return super().getKeys()


class ReadsInShutdown(Unchanged, behaviour="shutdown-state"):
    """answers while Supervisor shuts down, unless data would change"""

    def _update(self, text):
        if text in ("store", "delete", "clear"):
            super()._update(text)


class OtherCodeInShutdown(Unchanged, behaviour="shutdown-state"):
    """has FAILED while Supervisor shuts down"""

    def _update(self, text):
        try:
            super()._update(text)
        except RPCError as error:
            raise RPCError(Faults.FAILED) from error


class ListsOwnMethods(Unchanged, behaviour="list-methods"):
    """inherits methods, of which Supervisor lists none"""

    def clear(self):
        return super().clear()


for name in METHODS:
    if name != "clear":
        delattr(ListsOwnMethods, name)


class Undocumented(Unchanged, behaviour="method-help"):
    """wraps a method and forgets its documentation"""

    def fetch(self, *key):
        return super().fetch(*key)


Undocumented.fetch.__doc__ = None

if __name__ == "__main__":
    for mutant in MUTANTS:
        print("\t".join(mutant))
