// Nothing is called: it does its work when the tests are loaded.
