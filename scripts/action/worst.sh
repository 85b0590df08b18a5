# For the steps of action.yml. worst <verdict> <verdict>: fail before unknown before pass; an empty one is none.
worst() {
  case " $1 $2 " in
    *' fail '*) echo fail ;;
    *' unknown '*) echo unknown ;;
    *) echo pass ;;
  esac
}
