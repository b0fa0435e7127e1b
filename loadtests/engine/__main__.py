"""`python -m loadtests.engine`: the child side of the engine plane."""

from loadtests.engine.child import main

if __name__ == "__main__":
    main()
