package android.content;

import android.app.Activity;
import android.database.Cursor;
import android.net.Uri;
import android.os.Bundle;
import android.os.ParcelFileDescriptor;
import java.io.File;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/** A shared storage: rows by address, each with a file in the activity's folder. */
public class ContentResolver {
    /** Not of Android: "good", "none" (insert gives null), "full", "revoked". */
    public static String mode = "good";

    public static Map<String, Map<String, Object>> rows = new LinkedHashMap<>();

    public static void reset() {
        mode = "good";
        rows.clear();
    }

    /** Not of Android: another app's document, to be picked. */
    public static void offer(String uri, String name, File file) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("_display_name", name);
        row.put("file", file);
        rows.put(uri, row);
    }

    public static Object value(String uri, String column) {
        return rows.get(uri).get(column);
    }

    public final Uri insert(Uri collection, ContentValues values) {
        if (mode.equals("none")) return null;
        String wanted = (String) values.values.get("relative_path");
        boolean images = collection.toString().endsWith("/images/media");
        if (!wanted.startsWith(images ? "Pictures/" : "Download/")) {
            throw new IllegalArgumentException("Primary directory " + wanted + " not allowed");
        }
        String name = (String) values.values.get("_display_name");
        for (Map<String, Object> row : rows.values()) {
            if (name.equals(row.get("_display_name"))) name = name.replace(".", " (1).");
        }
        Uri uri = Uri.parse(collection + "/" + (rows.size() + 1));
        Map<String, Object> row = new LinkedHashMap<>(values.values);
        row.put("_display_name", name);
        row.put("file", new File(Activity.folder, "row" + (rows.size() + 1)));
        rows.put(uri.toString(), row);
        return uri;
    }

    public final int update(Uri uri, ContentValues values, String where, String[] arguments) {
        rows.get(uri.toString()).putAll(values.values);
        return 1;
    }

    public final int update(Uri uri, ContentValues values, Bundle extras) {
        throw new IllegalStateException("the form with where and arguments was meant");
    }

    public final int delete(Uri uri, String where, String[] arguments) {
        rows.remove(uri.toString());
        return 1;
    }

    public final int delete(Uri uri, Bundle extras) {
        throw new IllegalStateException("the form with where and arguments was meant");
    }

    public final ParcelFileDescriptor openFileDescriptor(Uri uri, String kind) throws IOException {
        if (mode.equals("full") && kind.equals("w")) {
            return new ParcelFileDescriptor(new File("/dev/full"), "w");
        }
        if (mode.equals("revoked")) throw new SecurityException("Permission Denial: reading " + uri);
        Map<String, Object> row = rows.get(uri.toString());
        if (row == null) throw new FileNotFoundException("No item at " + uri);
        return new ParcelFileDescriptor((File) row.get("file"), kind);
    }

    public final Cursor query(
            Uri uri, String[] projection, String selection, String[] arguments, String order) {
        Map<String, Object> row = rows.get(uri.toString());
        if (row == null) return null;
        return new Cursor() {
            @Override
            public boolean moveToFirst() {
                return true;
            }

            @Override
            public String getString(int columnIndex) {
                return (String) row.get(projection[columnIndex]);
            }

            @Override
            public void close() {}
        };
    }
}
